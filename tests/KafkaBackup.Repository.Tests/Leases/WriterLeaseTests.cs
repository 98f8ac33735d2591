using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Leases;

public sealed class WriterLeaseTests
{
    private static readonly LeaseOptions Options = new() { Patience = TimeSpan.FromSeconds(30) };
    private readonly FakeTimeProvider time = new();
    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task The_first_has_it_at_once_and_so_has_the_same_run_in_another_process()
    {
        await Lease("a").TakeAsync();
        await Lease("a").TakeAsync();
        Assert.True(await Lease("a").RenewAsync());
        Assert.Equal([Term(3)], store.Objects.Keys);
    }

    [Fact]
    public async Task A_second_run_is_refused_once_the_first_shows_that_it_is_alive()
    {
        await Lease("a").TakeAsync();
        var second = Lease("b").TakeAsync();
        await PassAsync(20);
        Assert.False(second.IsCompleted);
        await Lease("a").RenewAsync();
        await PassAsync(5);

        var held = await Assert.ThrowsAsync<LeaseHeldException>(() => second);
        Assert.Equal("run a on host-a is writing to the repository; wait until it has ended, or end it", held.Message);
        Assert.True(await Lease("a").RenewAsync());
    }

    [Fact]
    public async Task A_run_that_stays_silent_loses_its_place_and_is_told()
    {
        await Lease("a").TakeAsync();
        var second = Lease("b").TakeAsync();
        await PassAsync(29);
        Assert.False(second.IsCompleted);
        await PassAsync(4);
        await second;

        var lost = await Assert.ThrowsAsync<LeaseLostException>(() => Lease("a").RenewAsync());
        Assert.Contains("run b on host-b has taken its place", lost.Message);
        await Lease("a").ReturnAsync();
        Assert.True(await Lease("b").RenewAsync());
    }

    [Fact]
    public async Task A_returned_lease_is_anybodys_at_once_and_is_not_renewed()
    {
        await Lease("a").TakeAsync();
        await Lease("a").ReturnAsync();
        Assert.False(await Lease("a").RenewAsync());
        await Lease("b").TakeAsync();
        Assert.Equal([Term(3)], store.Objects.Keys);
        await Lease("b").ReturnAsync();
        await Lease("b").ReturnAsync();
        Assert.Equal([Term(4)], store.Objects.Keys);
    }

    [Fact]
    public async Task A_run_that_ends_while_it_is_watched_makes_room()
    {
        await Lease("a").TakeAsync();
        var second = Lease("b").TakeAsync();
        await PassAsync(10);
        await Lease("a").ReturnAsync();
        await PassAsync(5);
        await second;
        Assert.True(await Lease("b").RenewAsync());
    }

    [Fact]
    public async Task Of_many_that_find_a_writer_silent_one_takes_its_place_and_the_others_are_refused()
    {
        await Lease("dead").TakeAsync();
        var waiting = Enumerable.Range(0, 8).Select(i => (Run: $"w{i}", Taken: Lease($"w{i}").TakeAsync())).ToList();
        await PassAsync(40);
        var winner = Assert.Single(waiting, w => w.Taken.IsCompletedSuccessfully);
        for (var i = 0; i < 8 && waiting.Any(w => !w.Taken.IsCompleted); i++)
        {
            await Lease(winner.Run).RenewAsync();
            await PassAsync(5);
        }

        foreach (var (run, taken) in waiting.Where(w => w.Run != winner.Run))
            Assert.Equal(winner.Run, (await Assert.ThrowsAsync<LeaseHeldException>(() => taken)).Run);
    }

    [Fact]
    public async Task Who_slept_before_creating_a_number_that_others_passed_does_not_have_it()
    {
        await Lease("a").TakeAsync();
        var slept = false;
        store.BeforeChange = name =>
        {
            if (slept || name != Term(2))
                return;
            // While a sleeps before its second term, b takes its place, and renews until the second term is removed.
            slept = true;
            store.Objects.Remove(Term(1));
            store.Objects[Term(5)] = LeaseRecord.Of(new LeaseHolder("b", "host-b"), time.GetUtcNow(), false).Write();
        };

        await Assert.ThrowsAsync<LeaseLostException>(() => Lease("a").RenewAsync());
        Assert.True(slept);
        Assert.True(await Lease("b").RenewAsync());
    }

    [Fact]
    public async Task A_term_that_says_nothing_holds_nobody_up()
    {
        store.Objects[Term(7)] = "{"u8.ToArray();
        await Lease("a").TakeAsync();
        Assert.Equal([Term(8)], store.Objects.Keys);
    }

    [Fact]
    public async Task Whatever_runs_do_numbers_rise_and_one_at_a_time_believes_that_it_has_it()
    {
        var random = new Random(TestSize.Seed);
        string[] runs = ["a", "b", "c"];
        string? holder = null;
        var highest = 0L;
        for (var step = 0; step < TestSize.Of(80, 3000); step++)
        {
            var run = runs[random.Next(runs.Length)];
            switch (random.Next(3))
            {
                case 0 when holder is null || holder == run:
                    await Lease(run).TakeAsync();
                    holder = run;
                    break;
                case 0:
                    var taking = Lease(run).TakeAsync();
                    await PassAsync(35);
                    await taking;
                    holder = run;
                    break;
                case 1 when holder == run:
                    Assert.True(await Lease(run).RenewAsync());
                    break;
                case 1 when holder is not null:
                    await Assert.ThrowsAsync<LeaseLostException>(() => Lease(run).RenewAsync());
                    break;
                case 2:
                    await Lease(run).ReturnAsync();
                    holder = holder == run ? null : holder;
                    break;
            }

            var numbers = store.Objects.Keys.Select(name => LeaseRecord.TermOf(name)!.Value).ToList();
            if (numbers.Count == 0)
                continue;
            Assert.True(Assert.Single(numbers) >= highest, $"seed {TestSize.Seed}, step {step}");
            highest = numbers[0];
        }
    }

    private static string Term(long term) => LeaseRecord.NameOf(term);

    private WriterLease Lease(string run) => new(store, new LeaseHolder(run, $"host-{run}"), Options, time);

    /// <summary>Lets so many seconds go by, and everybody look.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            for (var turn = 0; turn < 20; turn++)
                await Task.Yield();
            await Task.Delay(1);
        }
    }
}
