using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Leases;

public sealed class WriterLeasesTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryObjectStore store = new();
    private readonly WriterLeases leases;

    public WriterLeasesTests() => leases = Process();

    public ValueTask DisposeAsync() => leases.DisposeAsync();

    [Fact]
    public async Task While_an_activity_works_the_lease_is_renewed_and_for_a_moment_after()
    {
        await using (await leases.HoldAsync("r", "mine", default))
            Assert.True(await RenewedWithinAsync(600) > 50);
        Assert.InRange(await RenewedWithinAsync(600), 2, 5);
        Assert.Equal(0, await RenewedWithinAsync(600));
    }

    [Fact]
    public async Task Two_activities_of_a_run_hold_it_together()
    {
        var first = await leases.HoldAsync("r", "mine", default);
        var second = await leases.HoldAsync("r", "mine", default);
        await first.DisposeAsync();
        Assert.True(await RenewedWithinAsync(300) > 20);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task A_run_that_is_ended_from_outside_leaves_it_at_once()
    {
        using var ended = new CancellationTokenSource();
        await using (await leases.HoldAsync("r", "mine", ended.Token))
            await ended.CancelAsync();
        Assert.Equal(0, await RenewedWithinAsync(600));
    }

    [Fact]
    public async Task A_returned_lease_is_not_renewed_and_the_next_run_has_it_at_once()
    {
        await using (await leases.HoldAsync("r", "mine", default))
        {
            await leases.ReturnAsync("r", "mine", default);
            Assert.Equal(0, await RenewedWithinAsync(600));
        }

        await using var other = Process();
        await using (await other.HoldAsync("r", "other", default).WaitAsync(TimeSpan.FromSeconds(10)))
        {
        }
    }

    [Fact]
    public async Task The_activity_of_a_run_that_has_failed_returns_its_lease()
    {
        await using (await leases.HoldAsync("r", "mine", default))
            Assert.True(await new ReturnLease(leases).RunAsync(new Attempted(1), new ReturnLeaseRequest("r", "mine")));
        Assert.Contains("\"isReturned\":true", System.Text.Encoding.UTF8.GetString(store.Objects[LastTerm()]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_that_was_returned_stays_so_however_long_the_process_lives()
    {
        await using var hold = await leases.HoldAsync("r", "mine", default);
        // The renewal is waiting for its time; nothing of it may be left when the lease has been given away.
        await leases.ReturnAsync("r", "mine", default);
        var returned = LastTerm();
        store.BeforeChange = name => Assert.Fail($"{name} was changed after the lease had been returned");
        Assert.Equal(0, await RenewedWithinAsync(600));
        Assert.Equal(returned, LastTerm());
    }

    [Fact]
    public async Task What_another_process_of_the_run_returned_is_taken_again_by_who_goes_on()
    {
        await using var other = Process();
        await using var hold = await leases.HoldAsync("r", "mine", default);
        await other.ReturnAsync("r", "mine", default);
        await using (await leases.HoldAsync("r", "mine", default))
            Assert.True(await RenewedWithinAsync(60) > 2);
    }

    [Fact]
    public async Task A_run_that_lost_it_is_told_when_it_goes_on()
    {
        await using var hold = await leases.HoldAsync("r", "mine", default);
        store.Objects[LastTerm(1)] = store.Objects[LastTerm()];
        Replace(LastTerm(), "\"mine\"", "\"thief\"");

        await Assert.ThrowsAsync<LeaseLostException>(() => leases.HoldAsync("r", "mine", default));
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again()
    {
        await using var hold = await leases.HoldAsync("r", "mine", default);
        store.BeforeChange = _ => throw new RepositoryUnavailableException("here", "busy", "later");
        Assert.Equal(0, await RenewedWithinAsync(60));
        store.BeforeChange = null;
        Assert.True(await RenewedWithinAsync(60) > 2);
    }

    private WriterLeases Process() => new(new RepositoryAlone(store), new LeaseOptions { Patience = TimeSpan.FromSeconds(30) }, time, NullLogger<WriterLeases>.Instance);

    private string LastTerm(int behind = 0)
    {
        var last = store.Objects.Keys.Order(StringComparer.Ordinal).Last();
        var number = long.Parse(Path.GetFileNameWithoutExtension(last));
        return last.Replace($"{number:D20}", $"{number + behind:D20}");
    }

    private void Replace(string name, string from, string to) =>
        store.Objects[name] = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(store.Objects[name]).Replace(from, to));

    /// <summary>How many terms begin within so many seconds.</summary>
    private async Task<long> RenewedWithinAsync(int seconds)
    {
        var before = Term();
        for (var i = 0; i < seconds; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            for (var turn = 0; turn < 20; turn++)
                await Task.Yield();
            if (i % 10 == 0)
                await Task.Delay(1);
        }

        return Term() - before;
    }

    private long Term() => long.Parse(Path.GetFileNameWithoutExtension(LastTerm()));

    private sealed class RepositoryAlone(IObjectStore store) : IConnections
    {
        public ClusterConnection Cluster(string name) => throw new NotSupportedException();

        public IObjectStore Repository(string name) => store;
    }
}
