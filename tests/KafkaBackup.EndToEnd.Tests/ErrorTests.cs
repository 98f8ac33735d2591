using System.Text.Json;
using Confluent.Kafka;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Two clusters, and a repository with one epoch of a topic with two partitions and a group.</summary>
public sealed class BackedUp : IAsyncLifetime
{
    public const int Records = 60;

    internal TwoClusters Clusters { get; private set; } = null!;

    internal string Backup { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Clusters = TwoClusters.Start();
        await Topics.CreateAsync(Clusters.Source.Address, "orders", 2);
        await Topics.CreateAsync(Clusters.Source.Address, "orders.v2", 1);
        Topics.Produce(Clusters.Source.Address, "orders", 2, 0, Records);
        await Witness.CommitAsync(Clusters.Source.Address, "billing", new TopicPartitionOffset("orders", 0, 7));
        var backup = await Clusters.BackupAsync("--json");
        Assert.True(backup.Exit == 0, backup.Errors);
        Backup = backup.Output;
    }

    public ValueTask DisposeAsync() => Clusters.DisposeAsync();
}

/// <summary>What clusters and repositories refuse: one line, the right exit code, nothing half-written.</summary>
public sealed class ErrorTests(BackedUp backedUp) : IClassFixture<BackedUp>
{
    private TwoClusters Clusters => backedUp.Clusters;

    [Theory]
    [InlineData("order", "there is no topic 'order'", "'orders'")]
    [InlineData("nothing.*", "no topic is chosen", "--topics")]
    [InlineData("orders,absent", "there is no topic 'absent'", "'orders'")]
    [InlineData("orders_v2", "there is no topic 'orders_v2'", "'orders'")]
    public async Task A_backup_of_topics_that_are_not_there_makes_no_repository(string topics, string what, string remedy)
    {
        var place = Path.Combine(Clusters.Folder, "nothing");
        OneLine.Assert(await RunAsync("backup", "-b", Clusters.Source.Address, "-r", $"file:{place}", "--topics", topics), 6, what, remedy);
        Assert.False(Directory.Exists(place));
    }

    [Fact]
    public async Task A_group_that_is_not_there_is_named()
    {
        var place = Path.Combine(Clusters.Folder, "no-group");
        OneLine.Assert(await RunAsync("backup", "-b", Clusters.Source.Address, "-r", $"file:{place}", "--groups", "biling"), 6, "there is no consumer group 'biling'", "");
        Assert.Empty(Directory.Exists(Path.Combine(place, "epochs")) ? Directory.GetFiles(Path.Combine(place, "epochs")) : []);
    }

    [Theory]
    [InlineData("orders.v2", 1)]
    [InlineData("orders?v2", 1)]
    [InlineData("~orders.{1,3}", 1)]
    [InlineData("orders*", 2)]
    public async Task A_dot_is_a_dot_and_a_comma_in_braces_divides_nothing(string topics, int chosen)
    {
        var place = Path.Combine(Clusters.Folder, $"chosen-{Guid.NewGuid():n}");
        var backup = await RunAsync("backup", "-b", Clusters.Source.Address, "-r", $"file:{place}", "--topics", topics, "--json");
        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.Equal(chosen, JsonDocument.Parse(backup.Output).RootElement.Number("topics"));
    }

    [Fact]
    public async Task A_repository_that_cannot_be_written_is_named_with_its_path()
    {
        var file = Path.Combine(Clusters.Folder, "a-file");
        await File.WriteAllTextAsync(file, "");
        foreach (var place in (string[])[file, Path.Combine(file, "below"), "/proc/kafka-backup"])
            OneLine.Assert(await RunAsync("backup", "-b", Clusters.Source.Address, "-r", $"file:{place}"), 1, place, "");
        Assert.Equal(0, new FileInfo(file).Length);
    }

    [Fact]
    public async Task A_newer_programs_repository_is_left_alone_by_every_command()
    {
        var place = Path.Combine(Clusters.Folder, "newer");
        CopyRepository(place);
        var header = Path.Combine(place, "repository.json");
        await File.WriteAllTextAsync(header, (await File.ReadAllTextAsync(header)).Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal));
        var before = Listing(place);
        foreach (var command in (string[][])[["epochs"], ["epoch", "1"], ["backup", "-b", Clusters.Source.Address], ["restore", "-b", Clusters.Target.Address]])
            OneLine.Assert(await RunAsync([.. command, "-r", $"file:{place}"]), 1, "version 2", "use a newer one");
        Assert.Equal(before, Listing(place));
        Assert.DoesNotContain("orders", Topics.List(Clusters.Target.Address));
    }

    [Theory]
    [InlineData("epoch 9", "there is no epoch 9", "'kafka-backup epochs'")]
    [InlineData("verify --epoch 9", "there is no epoch 9", "'kafka-backup epochs'")]
    [InlineData("restore --epoch 9", "there is no epoch 9", "'kafka-backup epochs'")]
    [InlineData("restore --as-of 2001-01-01T00:00:00Z", "no epoch that is there was sealed at or before 2001-01-01", "the first one was at")]
    [InlineData("restore --topics order", "there is no topic in this epoch 'order'", "'orders'")]
    [InlineData("restore --topics x*", "no topic of this epoch is chosen", "--topics")]
    [InlineData("restore --groups biling", "there is no consumer group in this epoch 'biling'", "")]
    [InlineData("restore --map ordrs=copy", "'ordrs=copy' in --map matches no topic", "check its name")]
    public async Task What_is_not_in_the_repository_is_named_and_nothing_is_created(string line, string what, string remedy)
    {
        string[] target = line.StartsWith("restore", StringComparison.Ordinal) ? ["-b", Clusters.Target.Address] : [];
        OneLine.Assert(await RunAsync([.. line.Split(' '), "-r", $"file:{Clusters.Repository}", .. target]), 6, what, remedy);
        Assert.DoesNotContain("orders", Topics.List(Clusters.Target.Address));
    }

    [Fact]
    public async Task A_restore_lists_everything_that_stands_in_its_way_and_writes_nothing()
    {
        await Topics.CreateAsync(Clusters.Target.Address, "narrow", 1);
        await Topics.CreateAsync(Clusters.Target.Address, "full", 1);
        Topics.Produce(Clusters.Target.Address, "full", 1, 0, 5);
        using var member = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = Clusters.Target.Address, GroupId = "billing", ClientId = "a-member" })
            .SetLogHandler((_, _) => { }).Build();
        member.Subscribe("full");
        while (member.Assignment.Count == 0)
            member.Consume(TimeSpan.FromMilliseconds(100));
        var topics = Topics.List(Clusters.Target.Address).Order().ToList();

        var refused = await Clusters.RestoreAsync("--map", "orders=narrow", "--map", "orders.v2=full", "--json");

        foreach (var violation in (string[])["'narrow' has 1 partitions at the target and 2 in the backup", "'full' is not empty at the target (5 offsets)", "'billing' has active members at the target (a-member at"])
            OneLine.Assert(refused, 5, violation, "nothing was written");
        Assert.Equal(3, JsonDocument.Parse(refused.Output).RootElement.GetProperty("violations").GetArrayLength());
        OneLine.Assert(await Clusters.RestoreAsync("--map", "*=same", "--no-offsets"), 2, "'*=same'", "one * on each side");
        OneLine.Assert(await Clusters.RestoreAsync("--map", "orders=same", "--map", "orders.v2=same", "--no-offsets"), 5, "would both become 'same'", "--map");
        Assert.Equal(topics, Topics.List(Clusters.Target.Address).Order());
        member.Close();
        Assert.Equal(5, Witness.ReadAll(Clusters.Target.Address, "full", 0).Count);
        Assert.False(Directory.Exists(Path.Combine(Clusters.Repository, "restores")));
    }

    [Fact]
    public async Task A_damaged_repository_is_found_by_verify_which_names_the_object()
    {
        var place = Path.Combine(Clusters.Folder, "damaged");
        CopyRepository(place);
        var segment = Directory.GetFiles(Path.Combine(place, "packs"), "0*", SearchOption.AllDirectories).First();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[70] ^= 0x10;
        await File.WriteAllBytesAsync(segment, bytes);

        var verify = await RunAsync("verify", "-r", $"file:{place}", "--level", "full", "--json");
        var finding = Assert.Single(JsonDocument.Parse(verify.Output).RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal((4, Path.GetRelativePath(place, segment)), (verify.Exit, finding.Text("object")));
        Assert.StartsWith("orders", finding.Text("topic"), StringComparison.Ordinal);
        Assert.True(finding.Number("from") < finding.Number("to"));
        OneLine.Assert(verify, 4, Path.GetRelativePath(place, segment), "");
    }

    [Fact]
    public async Task Every_command_with_json_prints_one_document_and_nothing_else()
    {
        using var limited = JsonDocument.Parse(backedUp.Backup);
        Assert.Equal(BackedUp.Records, limited.RootElement.Number("records"));
        var instances = await JsonAsync(JsonValueKind.Array, "instances");
        var id = instances.EnumerateArray().First(i => i.Text("runtimeStatus") == "Completed").Text("instanceId");
        string[] repository = ["-r", $"file:{Clusters.Repository}"];
        Assert.Equal(id, (await JsonAsync(JsonValueKind.Object, "show", id)).Text("instanceId"));
        Assert.NotEqual(0, (await JsonAsync(JsonValueKind.Array, "history", id)).GetArrayLength());
        Assert.NotEqual(0, (await JsonAsync(JsonValueKind.Array, ["epochs", .. repository])).GetArrayLength());
        Assert.Equal(1, (await JsonAsync(JsonValueKind.Object, ["epoch", "1", .. repository])).Number("epoch"));
        Assert.True((await JsonAsync(JsonValueKind.Object, ["verify", .. repository])).GetProperty("isSound").GetBoolean());
        var plan = await JsonAsync(JsonValueKind.Object, ["restore", "--dry-run", "--map", "*=dry-*", "-b", Clusters.Target.Address, .. repository]);
        Assert.True(plan.GetProperty("dryRun").GetBoolean());
    }

    [Fact]
    public async Task Json_stays_alone_on_standard_output_while_progress_runs()
    {
        await Topics.CreateAsync(Clusters.Source.Address, "slow", 1);
        Topics.Produce(Clusters.Source.Address, "slow", 1, 0, 700, valueBytes: 1000);
        string[] command = ["backup", "-b", Clusters.Source.Address, "--topics", "slow", "--rate-limit", "100K"];
        var json = RunAsync([.. command, "-r", $"file:{Path.Combine(Clusters.Folder, "slow-json")}", "--state", "slow-json-state", "--json"]);
        var words = RunAsync([.. command, "-r", $"file:{Path.Combine(Clusters.Folder, "slow-words")}", "--state", "slow-words-state"]);
        Assert.Equal(700, JsonDocument.Parse((await json).Output).RootElement.Number("records"));
        Assert.Equal("", (await json).Errors);
        Assert.StartsWith("epoch 1: 700 records", (await words).Output, StringComparison.Ordinal);
        Assert.Matches("writing segments: [0-9]+ of 700 ", (await words).Errors);
    }

    [Fact]
    public async Task Verifying_tells_bytes_done_of_bytes_to_do_also_beside_json()
    {
        await Topics.CreateAsync(Clusters.Source.Address, "long", 8);
        Topics.Produce(Clusters.Source.Address, "long", 8, 0, 700, valueBytes: 1000);
        var place = $"file:{Path.Combine(Clusters.Folder, "long")}";
        Assert.Equal(0, (await RunAsync("backup", "-b", Clusters.Source.Address, "--topics", "long", "-r", place, "--state", "long-state")).Exit);
        var config = Path.Combine(Clusters.Folder, "long.json");
        await File.WriteAllTextAsync(config, $$"""{ "KafkaBackup": { "Repositories": { "long": { "Location": "{{place}}", "RateLimit": 100000 } } } }""");

        var result = await RunAsync("verify", "-r", "long", "--config", config, "--level", "full", "--parallel", "3", "--json");

        Assert.True(JsonDocument.Parse(result.Output).RootElement.GetProperty("isSound").GetBoolean());
        Assert.Matches("^verifying epoch 1 of 1: [0-9.]+ KiB of [0-9.]+ KiB \\([1-9][0-9]? %\\), [0-9.]+ KiB/s\n", result.Errors);
    }

    private Task<CliResult> RunAsync(params string[] arguments) => KafkaBackupCli.RunAsync(Clusters.Folder, arguments);

    private async Task<JsonElement> JsonAsync(JsonValueKind kind, params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        // What takes its time tells how far it is.
        Assert.True(result.Exit == 0 && result.Errors.Split('\n').All(line => line.Length == 0 || line.StartsWith("verifying ", StringComparison.Ordinal)), $"exit {result.Exit}: {result.Errors}");
        var json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(kind, json.ValueKind);
        return json;
    }

    private void CopyRepository(string place)
    {
        foreach (var file in Directory.GetFiles(Clusters.Repository, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/restores/", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(place, Path.GetRelativePath(Clusters.Repository, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static IEnumerable<string> Listing(string place) =>
        Directory.GetFiles(place, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => $"{f} {new FileInfo(f).Length}");
}
