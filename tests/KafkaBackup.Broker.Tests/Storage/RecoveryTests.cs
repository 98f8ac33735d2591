using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>What lies in the data folder, and what a start makes of it.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task Topics_data_configuration_and_identity_stay_over_a_restart()
    {
        await using var broker = TestBroker.StartWith(3, ("segment.bytes", "1000"), ("cleanup.policy", "compact,delete"));
        var cluster = broker.Server.ClusterId;
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 50; i++)
            {
                using var builder = new RecordBatchBuilder();
                builder.Add(Batches.Now + i, new byte[] { 1 }, new byte[100], []);
                await client.ProduceAsync("t", builder.Build(Batches.Plain).ToArray());
            }
        }

        Assert.True(Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "*.log").Length > 5);
        await broker.RestartAsync();
        Assert.Equal(cluster, broker.Server.ClusterId);
        using var again = await broker.ConnectAsync();
        Assert.Equal(50, await again.EndAsync("t"));
        Assert.Equal(20, (await again.ListOffsetAsync("t", Batches.Now + 20)).Offset);
        var metadata = await again.AskAsync(new MetadataRequest { Topics = null });
        Assert.Equal(3, metadata.Topics.Single().Partitions.Count);
        var configs = await again.AskAsync(new DescribeConfigsRequest
        {
            Resources = [new DescribeConfigsResource { ResourceType = ConfigResourceType.Topic, ResourceName = "t", ConfigurationKeys = ["cleanup.policy"] }],
        });
        Assert.Equal("compact,delete", configs.Resources.Single().Configs.Single().Value);
        Assert.Empty(broker.Log.Warnings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(75)]
    public async Task A_torn_last_batch_is_cut_off_and_written_over(int bytesLost)
    {
        await using var broker = TestBroker.Start("t");
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 3; i++)
                await client.ProduceAsync("t", Batches.Of(Batches.Plain, $"value {i} {new string('x', 50)}"));
        }

        await broker.RestartAsync(() => Damage(broker, log => log[..^bytesLost]));
        using var again = await broker.ConnectAsync();
        Assert.Equal(2, await again.EndAsync("t"));
        Assert.Single(broker.Log.Warnings);
        Assert.Equal(2, (await again.ProduceAsync("t", Batches.Of(Batches.Plain, "new"))).BaseOffset);
        Assert.Equal(3, Batches.Values(await again.FetchAsync("t", 0)).Count);
    }

    [Fact]
    public async Task A_last_batch_with_a_wrong_checksum_is_cut_off_unless_the_broker_had_stopped_in_order()
    {
        await using var broker = TestBroker.Start("t");
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 3; i++)
                await client.ProduceAsync("t", Batches.Of(Batches.Plain, $"value {i}"));
        }

        await broker.RestartAsync(() => Damage(broker, log =>
        {
            log[^1] ^= 1;
            return log;
        }));
        using var again = await broker.ConnectAsync();
        Assert.Equal(2, await again.EndAsync("t"));
    }

    [Fact]
    public async Task A_damaged_batch_before_the_last_segment_stops_the_start()
    {
        var folder = Directory.CreateTempSubdirectory("kafka-backup-broker-tests").FullName;
        try
        {
            Fixtures.CopyLogs(folder, "fx-multi-0");
            var first = Directory.GetFiles(Path.Combine(folder, "fx-multi-0"), "*.log").Order().First();
            var log = await File.ReadAllBytesAsync(first);
            log[16] = 77;
            await File.WriteAllBytesAsync(first, log);
            Assert.Throws<InvalidBatchException>(() => BrokerServer.Start(new BrokerOptions { DataFolder = folder }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_second_broker_on_the_same_folder_is_refused()
    {
        await using var broker = TestBroker.Start("t");
        Assert.ThrowsAny<IOException>(() => BrokerServer.Start(new BrokerOptions { DataFolder = broker.Folder }));
    }

    [Fact]
    public async Task Indexes_written_are_those_that_a_scan_would_write()
    {
        await using var broker = TestBroker.StartWith(1, ("segment.bytes", "20000"), ("index.interval.bytes", "500"));
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 200; i++)
                await client.ProduceAsync("t", Batches.Of(Batches.Plain, CompressionType.None, Batches.Now + (i * 37 % 100), new string('x', 200)));
        }

        Dictionary<string, string> Indexes() => Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "*index")
            .ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path)));
        Dictionary<string, string> written = [];
        await broker.RestartAsync(() =>
        {
            written = Indexes();
            foreach (var file in Directory.GetFiles(Path.Combine(broker.Folder, "t-0"), "*index"))
                File.Delete(file);
        });
        await broker.RestartAsync();
        Assert.True(written.Count >= 4);
        Assert.Equal(written.OrderBy(w => w.Key), Indexes().OrderBy(w => w.Key));
    }

    [Theory]
    [InlineData("fx-multi", 256, 1048576)]
    [InlineData("fx-none", 4096, 1073741824)]
    public async Task A_log_written_with_a_real_brokers_batches_has_that_brokers_indexes(string topic, int interval, int segment)
    {
        var log = FixtureLog.Of(topic + "-0");
        await using var broker = TestBroker.StartWith(
            1, ("index.interval.bytes", $"{interval}"), ("segment.bytes", $"{segment}"), ("segment.ms", $"{long.MaxValue}"));
        using (var client = await broker.ConnectAsync())
        {
            ReadOnlyMemory<byte> rest = await File.ReadAllBytesAsync(log.LogFiles[0]);
            while (RecordBatch.TryTake(ref rest, out var batch))
                await client.ProduceAsync("t", Batches.Change(batch.Bytes.ToArray(), AsProduced));
        }

        await broker.RestartAsync();
        foreach (var kind in new[] { "index", "timeindex" })
        {
            var expected = await File.ReadAllBytesAsync(Path.Combine(log.Path, $"{0:D20}.{kind}"));
            var actual = await File.ReadAllBytesAsync(Path.Combine(broker.Folder, "t-0", $"{0:D20}.{kind}"));
            Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(actual));
        }
    }

    private static BatchHeader AsProduced(BatchHeader header) => header with { BaseOffset = 0, ProducerId = -1, ProducerEpoch = -1, BaseSequence = -1 };

    private static void Damage(TestBroker broker, Func<byte[], byte[]> damage)
    {
        File.Delete(Path.Combine(broker.Folder, ".kafka_cleanshutdown"));
        var path = Path.Combine(broker.Folder, "t-0", $"{0:D20}.log");
        File.WriteAllBytes(path, damage(File.ReadAllBytes(path)));
    }
}
