using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Two writers of one repository, each a process of its own.</summary>
public sealed class LeaseTests(AzuritePlaces azurite)
{
    private const string Slow = "300K";

    [Theory]
    [InlineData("file")]
    [InlineData("azure")]
    public async Task While_one_writes_another_is_refused_and_the_first_comes_to_its_end(string kind)
    {
        await using var clusters = await LoadAsync();
        var place = Place(kind, clusters);
        await using var first = Start(clusters, place.Address, "first", Slow);
        await AtWorkAsync(first, place);

        OneLine.Assert(await BackupAsync(clusters, place.Address, "second"), 5, "is writing to the repository", "wait until it has ended, or end it");

        Assert.True(await first.WaitAsync() == 0, first.Errors);
        Assert.True((await BackupAsync(clusters, place.Address, "second")).Exit == 0, "after the first has ended, the second need not wait");
        await AssertSoundAsync(clusters, place.Address, 2);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("azure")]
    public async Task A_writer_that_slept_while_another_took_its_place_can_not_commit(string kind)
    {
        await using var clusters = await LoadAsync();
        var place = Place(kind, clusters);
        await using var sleeper = Start(clusters, place.Address, "sleeper", Slow);
        await AtWorkAsync(sleeper, place);
        await SignalAsync(sleeper, "STOP");

        var thief = await BackupAsync(clusters, place.Address, "thief");
        Assert.True(thief.Exit == 0, thief.Errors);
        await SignalAsync(sleeper, "CONT");

        var exit = await sleeper.WaitAsync();
        OneLine.Assert(new CliResult(exit, sleeper.Output, sleeper.Errors), 5, "", "");
        await AssertSoundAsync(clusters, place.Address, 1);
        Figures.Print($"{kind}: the sleeper was told: {sleeper.Errors.Trim()}");
    }

    [Fact]
    public async Task A_killed_writers_own_command_need_not_wait()
    {
        await using var clusters = await LoadAsync();
        var place = Place("file", clusters, leaseSeconds: 600);
        await using (var first = Start(clusters, place.Address, "first", Slow))
        {
            await AtWorkAsync(first, place);
            await first.KillAsync();
        }

        // With a lease of ten minutes it would not come to an end here if it waited.
        var again = await KafkaBackupCli.RunAsync(clusters.Folder, Command(clusters, place.Address, "first", Slow));
        Assert.True(again.Exit == 0, again.Errors);
        await AssertSoundAsync(clusters, place.Address, 1);
    }

    [Fact]
    public async Task A_run_that_failed_is_in_nobodys_way()
    {
        await using var clusters = await LoadAsync();
        var place = Place("file", clusters, leaseSeconds: 600);
        var failed = await KafkaBackupCli.RunAsync(clusters.Folder, [.. Command(clusters, place.Address, "first"), "--groups", "nobody"]);
        OneLine.Assert(failed, 6, "there is no consumer group 'nobody'", "");

        Assert.True((await BackupAsync(clusters, place.Address, "second")).Exit == 0, "with a lease of ten minutes it would not come to an end here if it waited");
    }

    private static async Task<TwoClusters> LoadAsync()
    {
        var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "orders", 2);
        Topics.Produce(clusters.Source.Address, "orders", 2, 0, 3000, 600);
        return clusters;
    }

    private ObjectPlace Place(string kind, TwoClusters clusters, int leaseSeconds = 3)
    {
        var place = kind == "azure" ? azurite.New() : new ObjectPlace($"file:{clusters.Repository}", new Dictionary<string, string>(), "", () => CrashTopic.SegmentBytes(clusters.Repository));
        return place.With(("LeaseSeconds", $"{leaseSeconds}")).WriteTo(clusters.Folder);
    }

    // Segments that stand alone are there one by one while the run is at work; packs would come at its end.
    private static string[] Command(TwoClusters clusters, string address, string state, string? rate = null) =>
        ["backup", "-b", clusters.Source.Address, "-r", address, "--state", state, "--segment-bytes", "64K", "--packed-segment-bytes", "0", "--json", .. rate is null ? (string[])[] : ["--rate-limit", rate]];

    private static ToolProcess Start(TwoClusters clusters, string address, string state, string rate) => KafkaBackupCli.Start(clusters.Folder, Command(clusters, address, state, rate));

    private static Task<CliResult> BackupAsync(TwoClusters clusters, string address, string state) => KafkaBackupCli.RunAsync(clusters.Folder, Command(clusters, address, state));

    /// <summary>Waits until a segment is there: the lease is taken before the cut is fixed.</summary>
    private static async Task AtWorkAsync(ToolProcess process, ObjectPlace place)
    {
        for (var look = 0; look < 600 && place.StoredBytes() < 70_000; look++)
        {
            Assert.False(process.HasExited, process.Errors + process.Output);
            await Task.Delay(50);
        }

        Assert.True(place.StoredBytes() >= 70_000, $"it wrote nothing: {process.Errors}");
    }

    private static async Task SignalAsync(ToolProcess process, string signal)
    {
        await using var kill = ToolProcess.Start("kill", [$"-{signal}", $"{process.Id}"]);
        Assert.Equal(0, await kill.WaitAsync());
    }

    private static async Task AssertSoundAsync(TwoClusters clusters, string address, int epochs)
    {
        var verify = await KafkaBackupCli.RunAsync(clusters.Folder, "verify", "-r", address, "--level", "full");
        Assert.True(verify.Exit == 0, verify.Output + verify.Errors);
        Assert.StartsWith($"sound: {epochs} epoch{(epochs == 1 ? "" : "s")}", verify.Output, StringComparison.Ordinal);
    }
}
