using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Cluster;

/// <summary>Several host processes on one account, killed while work is in flight.</summary>
public sealed class KillTests(SharedAzurite azurite)
{
    private const string Instance = "rounds";

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Hosts_that_are_killed_lose_nothing_and_nothing_that_was_committed_runs_again(int hosts)
    {
        var random = new Random(TestSize.Seed + hosts);
        await using var cluster = new TestCluster(azurite.NewState());
        cluster.StartHost([Instance]);
        while (cluster.Hosts.Count < hosts)
            cluster.StartHost();
        var times = new List<string>();
        for (var kill = 0; kill < TestSize.Of(2, 10); kill++)
        {
            var since = DateTime.UtcNow;
            await Until.True(() => cluster.Deeds.Count(deed => deed.Kind == DeedKind.Attempt && deed.At > since) >= 8, "work in flight");
            await Task.Delay(random.Next(300));
            var holder = cluster.HolderOf(Instance);
            var victim = kill % 2 == 0 ? holder : cluster.Hosts.First(host => host != holder);
            var died = await cluster.KillAsync(victim);
            var resumed = await cluster.ResumedAsync(Instance, died, victim);
            times.Add($"{(victim == holder ? "its holder" : "another")} {resumed.TotalSeconds:0.0} s");
            cluster.StartHost();
        }

        await cluster.VerifyAsync(Instance);
        Figures.Print($"{hosts} hosts, killed (seed {TestSize.Seed}), the next commit after {string.Join(", ", times)}");
    }

    [Fact]
    public async Task A_host_that_is_asked_to_stop_hands_its_work_over()
    {
        await using var cluster = new TestCluster(azurite.NewState());
        var first = cluster.StartHost([Instance]);
        cluster.StartHost();
        await Until.True(() => cluster.Deeds.Select(deed => deed.Host).Distinct().Count() == 2, "both hosts at work");
        var holder = cluster.HolderOf(Instance);
        Assert.Equal(first, holder);

        var asked = await cluster.TerminateAsync(holder);

        var ended = DateTime.UtcNow;
        var resumed = await cluster.ResumedAsync(Instance, asked, holder);
        var last = cluster.Deeds.Last(deed => deed.Host == holder).At - asked;
        Figures.Print($"SIGTERM: its last deed after {last.TotalSeconds:0.00} s, the process over after {(ended - asked).TotalSeconds:0.00} s, the other goes on after {resumed.TotalSeconds:0.00} s");
        await cluster.VerifyAsync(Instance);
    }

    [Fact]
    public async Task A_lone_host_that_was_killed_goes_on_when_it_is_started_again()
    {
        await using var cluster = new TestCluster(azurite.NewState());
        var first = cluster.StartHost([Instance]);
        await Until.True(() => cluster.Deeds.Count(deed => deed.Kind == DeedKind.Attempt) >= 8, "work in flight");

        var died = await cluster.KillAsync(first);
        cluster.StartHost();
        var resumed = await cluster.ResumedAsync(Instance, died, first);

        Figures.Print($"a lone host, killed and started again, goes on after {resumed.TotalSeconds:0.0} s");
        await cluster.VerifyAsync(Instance);
    }

    [Fact]
    public async Task A_host_that_was_frozen_until_it_was_taken_for_dead_adds_nothing_when_it_wakes_up()
    {
        await using var cluster = new TestCluster(azurite.NewState());
        var frozen = cluster.StartHost([Instance]);
        cluster.StartHost();
        await Until.True(() => cluster.Deeds.Count(deed => deed.Kind == DeedKind.Attempt) >= 8, "work in flight");

        var at = cluster.Freeze(frozen);
        var resumed = await cluster.ResumedAsync(Instance, at, frozen);
        await cluster.RememberAsync();
        cluster.Thaw(frozen);
        await Until.True(() => cluster.HasEnded(frozen), "the host that is taken for dead to end");

        Figures.Print($"frozen: another goes on after {resumed.TotalSeconds:0.0} s");
        var commits = cluster.Deeds.Where(deed => deed.Kind == DeedKind.Commit).ToList();
        Assert.Equal(commits.Count, commits.Select(deed => deed.Detail).Distinct().Count());
        await cluster.VerifyAsync(Instance);
    }

    [Fact]
    public async Task Of_two_hosts_that_do_not_see_each_other_the_loser_is_fenced_and_the_history_stays_whole()
    {
        await using var cluster = new TestCluster(azurite.NewState());
        cluster.StartHost([Instance], cluster: "left");
        cluster.StartHost(cluster: "right"); // it finds the instance unfinished, and takes it up as well
        await Until.True(() => cluster.Deeds.Where(deed => deed.Kind == DeedKind.Commit).Select(deed => deed.Host).Distinct().Count() == 2, "both hosts at work on it");
        await Until.True(() => cluster.Deeds.Where(deed => deed.Kind == DeedKind.Commit).Select(deed => deed.Host).Aggregate((Changes: 0, Last: ""), (seen, host) => (seen.Changes + (seen.Last == host ? 0 : 1), host)).Changes > 3, "the instance to change hands");

        // Each commit was the only one at its place.
        var commits = cluster.Deeds.Where(deed => deed.Kind == DeedKind.Commit).ToList();
        Assert.Equal(commits.Count, commits.Select(deed => deed.Detail).Distinct().Count());
        await cluster.VerifyAsync(Instance);
    }
}
