using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Faults;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Repositories on object stores, through the whole product: real servers, the command line and the service as processes, kcat as the judge.</summary>
public sealed class ObjectStoreTests(AzuritePlaces azurite, CephPlaces ceph)
{
    private const int Records = 3000;

    [Fact]
    public Task A_backup_goes_to_Azure_and_comes_back() => RoundTripAsync(azurite.New());

    [Fact]
    public async Task A_backup_goes_encrypted_to_radosgw_and_comes_back() => await RoundTripAsync(await ceph.NewAsync(), "--passphrase-file", "vault.txt");

    [Fact]
    public async Task The_service_backs_up_to_a_named_connection_and_no_secret_is_told()
    {
        var place = azurite.New();
        await using var clusters = await LoadAsync();
        var settings = new Dictionary<string, string>
        {
            ["Clusters:prod:bootstrap.servers"] = clusters.Source.Address,
            ["Repositories:vault:Location"] = place.Address,
            ["Repositories:vault:Azure:ConnectionString"] = place.Settings["Azure:ConnectionString"],
        };
        await using var service = ServiceProcess.Start(Path.Combine(clusters.Folder, "service"), settings);

        var backup = await KafkaBackupCli.RunAsync(clusters.Folder, "backup", "-b", "prod", "-r", "vault", "--host", service.Http.BaseAddress!.AbsoluteUri);

        Assert.True(backup.Exit == 0, backup.Errors);
        place.WriteTo(clusters.Folder);
        Assert.StartsWith("sound: 1 epoch", (await OkAsync(clusters, "verify", "-r", place.Address, "--level", "full")).Output, StringComparison.Ordinal);
        var epochs = await service.Http.GetStringAsync("api/epochs?repository=vault");
        var instances = await service.Http.GetStringAsync("api/instances");
        foreach (var told in (string[])[service.Output, service.Errors, backup.Output, epochs, instances])
            Assert.DoesNotContain(place.Secret, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_fails_now_and_then_is_asked_again()
    {
        var place = azurite.New();
        await using var clusters = await LoadAsync();
        var faults = 0;
        await using var proxy = new FaultProxy(place.Port, request => request.Number % 4 != 0 ? Fault.None
            : Interlocked.Increment(ref faults) % 2 == 0 ? new Fault.Answer(503) : new Fault.LoseAnswer());
        place.With(place.Through(proxy.Port)).WriteTo(clusters.Folder);
        await OkAsync(clusters, "backup", "-b", clusters.Source.Address, "-r", place.Address, "--segment-bytes", "64K");
        Assert.StartsWith("sound: 1 epoch", (await OkAsync(clusters, "verify", "-r", place.Address, "--level", "full")).Output, StringComparison.Ordinal);
        await OkAsync(clusters, "restore", "-b", clusters.Target.Address, "-r", place.Address);
        await AssertEqualAsync(clusters, "orders", 3);
        Figures.Print($"Azurite behind a proxy: {faults} of {proxy.Requests} requests failed or lost their answers, and the backup came back whole");
        Assert.True(faults > 10);
    }

    [Fact]
    public async Task A_backup_to_Azure_killed_again_and_again_comes_to_a_sound_epoch()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        var place = azurite.New();
        await using var clusters = TwoClusters.Start();
        place.WriteTo(clusters.Folder);
        await CrashTopic.LoadAsync(clusters.Source.Address);
        string[] command = ["backup", "-b", clusters.Source.Address, "-r", place.Address, "--segment-bytes", "128K", "--pack-bytes", "256K", "--rate-limit", "4M"];
        var random = new Random(TestSize.Seed);
        var kills = TestSize.Of(3, 12);
        var total = CrashTopic.LogBytes(clusters.Source.Data);
        var atWork = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            var threshold = (long)(total * (kill + random.NextDouble()) / (kills + 1));
            await using var process = KafkaBackupCli.Start(clusters.Folder, command);
            for (var look = 0; look < 1200 && !process.HasExited && place.StoredBytes() <= threshold; look++)
                await Task.Delay(50);
            atWork += process.HasExited ? 0 : 1;
            await process.KillAsync();
        }

        Figures.Print($"backup to Azurite: {atWork} of {kills} kills at work, seed {TestSize.Seed}");
        Assert.True(atWork >= kills - 1, $"only {atWork} kills struck while it worked");
        var backup = await KafkaBackupCli.RunAsync(clusters.Folder, command);
        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.StartsWith("sound: 1 epoch", (await OkAsync(clusters, "verify", "-r", place.Address, "--level", "full")).Output, StringComparison.Ordinal);
        await OkAsync(clusters, "restore", "-b", clusters.Target.Address, "-r", place.Address);
        await AssertEqualAsync(clusters, CrashTopic.Topic, CrashTopic.Partitions);
    }

    private static async Task RoundTripAsync(ObjectPlace place, params string[] secret)
    {
        await using var clusters = await LoadAsync();
        place.WriteTo(clusters.Folder);
        await File.WriteAllTextAsync(Path.Combine(clusters.Folder, "vault.txt"), "Zwölf Boxkämpfer jagen Viktor\n");
        await OkAsync(clusters, ["backup", "-b", clusters.Source.Address, "-r", place.Address, "--segment-bytes", "64K", .. secret]);
        Topics.Produce(clusters.Source.Address, "orders", 3, Records, Records + 500, 300);
        await OkAsync(clusters, ["backup", "-b", clusters.Source.Address, "-r", place.Address, "--segment-bytes", "64K", .. secret]);

        using var epochs = JsonDocument.Parse((await OkAsync(clusters, ["epochs", "-r", place.Address, "--json", .. secret])).Output);
        Assert.Equal(2, epochs.RootElement.GetArrayLength());
        Assert.StartsWith("sound: 2 epochs", (await OkAsync(clusters, ["verify", "-r", place.Address, "--level", "full", .. secret])).Output, StringComparison.Ordinal);
        await OkAsync(clusters, ["restore", "-b", clusters.Target.Address, "-r", place.Address, .. secret]);
        await AssertEqualAsync(clusters, "orders", 3);
        await AssertEqualAsync(clusters, "orders.", 1);
    }

    private static async Task AssertEqualAsync(TwoClusters clusters, string topic, int partitions)
    {
        var source = await Kcat.DumpAsync(clusters.Source.Address, topic, partitions, withOffsets: true);
        Assert.NotEmpty(source);
        Assert.Equal(Kcat.Hash(source), Kcat.Hash(await Kcat.DumpAsync(clusters.Target.Address, topic, partitions, withOffsets: true)));
    }

    private static async Task<TwoClusters> LoadAsync()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "orders", 3);
        // A name that some services treat in their own way.
        await Topics.CreateAsync(clusters.Source.Address, "orders.", 1);
        Topics.Produce(clusters.Source.Address, "orders", 3, 0, Records, 300);
        Topics.Produce(clusters.Source.Address, "orders.", 1, 0, 10);
        return clusters;
    }

    private static async Task<CliResult> OkAsync(TwoClusters clusters, params string[] arguments)
    {
        var result = await KafkaBackupCli.RunAsync(clusters.Folder, arguments);
        Assert.True(result.Exit == 0, $"{string.Join(' ', arguments)}: {result.Errors}{result.Output}");
        return result;
    }
}
