using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Topics go into a repository and come back, judged by kcat and by a Confluent.Kafka consumer.</summary>
public sealed class RoundTripTests(ITestOutputHelper output)
{
    private static readonly string[] Codecs = ["none", "gzip", "snappy", "lz4", "zstd"];

    [Fact]
    public async Task Two_hundred_thousand_records_of_each_codec_come_back_byte_for_byte_and_a_group_goes_on_at_the_next_record()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start();
        var topics = Codecs.SelectMany(codec => new[] { (Codec: codec, Partitions: 1), (Codec: codec, Partitions: 7) }).ToList();
        var perTopic = TestSize.Of(20_000, 200_000);
        foreach (var (codec, partitions) in topics)
            await LoadAsync(clusters.Source.Address, $"load-{codec}-{partitions}", codec, partitions, perTopic);
        const string Followed = "load-lz4-7";
        var before = Witness.ConsumeAsMember(clusters.Source.Address, "half-way", Followed, perTopic / 2);

        var backup = await clusters.BackupAsync("--topics", "load-*");
        var restore = await clusters.RestoreAsync();

        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.True(restore.Exit == 0, restore.Errors);
        foreach (var (codec, partitions) in topics)
        {
            var topic = $"load-{codec}-{partitions}";
            var source = await Kcat.DumpAsync(clusters.Source.Address, topic, partitions, withOffsets: true);
            var target = await Kcat.DumpAsync(clusters.Target.Address, topic, partitions, withOffsets: true);
            output.WriteLine($"{topic}: {source.Count(c => c == '\n')} lines, {Kcat.Hash(source)} {Kcat.Hash(target)}");
            Assert.Equal(perTopic, source.Count(c => c == '\n'));
            Assert.True(source == target, $"{topic} differs");
        }

        var next = before.GroupBy(r => r.Partition).ToDictionary(p => p.Key, p => p.Max(r => r.Offset) + 1);
        foreach (var partition in next.Keys)
        {
            var after = Witness.Continue(clusters.Target.Address, "half-way", Followed, partition);
            var all = Witness.ReadAll(clusters.Source.Address, Followed, partition);
            Assert.Equal(all.Where(r => r.Offset >= next[partition]), after);
        }

        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);
    }

    [Fact]
    public async Task Null_and_empty_keys_and_values_stay_what_they_are()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start();
        string[] lines = ["k\tv", "\tv", "k\t", "\t"];
        await Kcat.ProduceAsync(clusters.Source.Address, "empty", [], w => w.WriteLineAsync(string.Join('\n', lines)));
        await Kcat.ProduceAsync(clusters.Source.Address, "null", ["-Z"], w => w.WriteLineAsync(string.Join('\n', lines)));

        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        Assert.Equal(0, (await clusters.RestoreAsync()).Exit);

        foreach (var topic in (string[])["empty", "null"])
        {
            var restored = Witness.ReadAll(clusters.Target.Address, topic, 0);
            Assert.Equal(Witness.ReadAll(clusters.Source.Address, topic, 0), restored);
            Assert.Equal(topic == "null" ? 2 : 0, restored.Count(r => r.Content.Contains("null", StringComparison.Ordinal) && r.Content.EndsWith("null []", StringComparison.Ordinal)));
        }
    }

    private static async Task LoadAsync(string broker, string topic, string codec, int partitions, int count)
    {
        using (var admin = new Confluent.Kafka.AdminClientBuilder(new Confluent.Kafka.AdminClientConfig { BootstrapServers = broker }).Build())
            await admin.CreateTopicsAsync([new Confluent.Kafka.Admin.TopicSpecification { Name = topic, NumPartitions = partitions }]);
        var random = new Random(TestSize.Seed);
        await Kcat.ProduceAsync(
            broker, topic,
            [.. codec == "none" ? Array.Empty<string>() : ["-z", codec], "-H", "origin=kcat", "-H", "origin=again", "-H", "nothing=", "-X", "topic.partitioner=murmur2_random"],
            async writer =>
            {
                for (var i = 0; i < count; i++)
                    await writer.WriteLineAsync($"key-{random.Next(count)}\tvalue {i} {new string((char)('a' + (i % 26)), random.Next(120))}");
            });
    }
}
