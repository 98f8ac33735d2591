using Azure.Core;
using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Testing;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Histories;

/// <summary>A commit of several transactions that is cut off between them, or overtaken.</summary>
public sealed class CutOffCommitTests(SharedAzurite azurite)
{
    private const int Events = 250; // three transactions

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_start_that_was_cut_off_is_not_there_and_whoever_starts_again_writes_over_it(int transactions)
    {
        var state = azurite.NewState();
        var store = await OpenAsync(state);
        var dying = new AzureHistoryStore(new(state, InterruptedTransport.CutOffAfter(transactions)));
        await Assert.ThrowsAnyAsync<IOException>(() => dying.CommitAsync(Start("lost", Events)));

        Assert.Null(await store.FindAsync("a", default));
        Assert.Null(await store.LoadAsync("a", default));
        Assert.Empty((await store.ListAsync(new(), default)).Values);
        var row = await store.CommitAsync(Start("kept", 3));
        await AssertHistory(store, "kept", 3);
        await store.CommitAsync(Append(row, "kept", Events));
        await AssertHistory(store, "kept", 3 + Events);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_commit_that_was_cut_off_is_not_there_and_the_next_one_writes_over_it(int transactions)
    {
        var state = azurite.NewState();
        var store = await OpenAsync(state);
        var before = await store.CommitAsync(Start("kept", 5));
        var dying = new AzureHistoryStore(new(state, InterruptedTransport.CutOffAfter(transactions)));
        await Assert.ThrowsAnyAsync<IOException>(() => dying.CommitAsync(Append(before, "lost", Events)));

        await AssertHistory(store, "kept", 5);
        var row = (await store.FindAsync("a", default))!;
        Assert.Equal(before with { Version = row.Version }, row);
        row = await store.CommitAsync(Append(row, "kept", 7));
        await AssertHistory(store, "kept", 12);
        await store.CommitAsync(Append(row, "kept", Events));
        await AssertHistory(store, "kept", 12 + Events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_writer_that_pauses_between_its_transactions_is_fenced_when_another_has_gone_on(bool isStart)
    {
        var state = azurite.NewState();
        var store = await OpenAsync(state);
        var before = isStart ? null : await store.CommitAsync(Start("kept", 5));
        var (paused, resume, seen) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        var slow = new AzureHistoryStore(new(state, new InterruptedTransport(async request =>
        {
            if (!InterruptedTransport.IsTransaction(request) || ++seen != 2)
                return;
            paused.SetResult();
            await resume.Task.Bounded();
        })));

        var overtaken = slow.CommitAsync(before is null ? Start("lost", Events) : Append(before, "lost", Events));
        await paused.Task.Bounded();
        if (await store.FindAsync("a", default) is { } row)
            await store.CommitAsync(Append(row, "kept", 2));
        else
            await store.CommitAsync(Start("kept", 7));
        resume.SetResult();

        await Assert.ThrowsAsync<FencedException>(() => overtaken);
        await AssertHistory(store, "kept", 7);
    }

    [Fact]
    public async Task A_commit_of_many_events_goes_in_as_many_transactions_as_it_needs_and_no_more()
    {
        var state = azurite.NewState();
        await OpenAsync(state);
        var transactions = 0;
        var counting = new AzureHistoryStore(new(state, new InterruptedTransport(request =>
        {
            transactions += InterruptedTransport.IsTransaction(request) ? 1 : 0;
            return Task.CompletedTask;
        })));

        var row = await counting.CommitAsync(Start("kept", Events));
        Assert.Equal(3, transactions);
        await counting.CommitAsync(Append(row, "kept", CommitChunk.MaximumEvents));
        Assert.Equal(4, transactions);
    }

    [Fact]
    public async Task An_instance_whose_end_was_not_noted_is_listed_as_live_until_it_is_looked_at()
    {
        var state = azurite.NewState();
        var store = await OpenAsync(state);
        var row = await store.CommitAsync(Start("kept", 1));
        var forgetful = new AzureHistoryStore(new(state, new InterruptedTransport(request =>
            request.Method == RequestMethod.Delete ? throw new IOException("the host is dead") : Task.CompletedTask)));

        await forgetful.CommitAsync(new(row, row with { Status = OrchestrationRuntimeStatus.Completed }, []));

        Assert.Equal(["a"], await store.ListLiveAsync(default));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await store.LoadAsync("a", default))!.Instance.Status);
        Assert.Empty(await store.ListLiveAsync(default));
    }

    private static async Task<AzureHistoryStore> OpenAsync(AzureStateOptions options)
    {
        var store = new AzureHistoryStore(new(options));
        await store.OpenAsync(default);
        return store;
    }

    private static HistoryCommit Start(string name, int events) => new(
        null,
        new() { Id = "a", Name = "Orchestrator", Status = OrchestrationRuntimeStatus.Running, CreatedAt = Noon, UpdatedAt = Noon, Length = events },
        Named(name, events));

    private static HistoryCommit Append(InstanceRecord row, string name, int events) => new(row, row with { Length = row.Length + events }, Named(name, events));

    private static HistoryEvent[] Named(string name, int events) =>
        [.. Enumerable.Repeat(new HistoryEvent { Type = HistoryEventType.EventRaised, Name = name, Timestamp = Noon }, events)];

    private static async Task AssertHistory(AzureHistoryStore store, string name, int events)
    {
        var loaded = (await store.LoadAsync("a", default))!;
        Assert.Equal(events, loaded.Instance.Length);
        Assert.Equal(Enumerable.Repeat(name, events), loaded.History.Select(each => each.Name));
    }
}
