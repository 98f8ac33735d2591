using Confluent.Kafka;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Xunit;
using IsolationLevel = Confluent.Kafka.IsolationLevel;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>Log folders that a real broker wrote, dropped in before the start and read by a real client.</summary>
public sealed class FixtureServingTests : IAsyncLifetime
{
    private TestBroker _broker = null!;

    public ValueTask InitializeAsync()
    {
        _broker = TestBroker.Start(options =>
        {
            Fixtures.CopyLogs(options.DataFolder, [.. FixtureLog.All().Select(log => log.Name)]);
            return options;
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public void Every_record_comes_as_from_the_real_broker()
    {
        var read = Consume(IsolationLevel.ReadUncommitted, Partitions);
        foreach (var partition in Partitions)
            Assert.Equal(Fixtures.Records(partition.Partition), read[partition.Partition]);
        Assert.True(read.Values.Sum(records => records.Count) > 3000);
    }

    [Fact]
    public void Every_committed_record_comes_as_from_the_real_broker() => JudgeCommitted();

    [Fact]
    public async Task Aborted_transactions_are_found_by_a_scan_where_their_index_is_missing()
    {
        await _broker.RestartAsync(() =>
        {
            foreach (var file in Directory.GetFiles(_broker.Folder, "*.txnindex", SearchOption.AllDirectories))
                File.Delete(file);
        });
        JudgeCommitted();
    }

    [Fact]
    public async Task Indexes_that_are_missing_are_made_anew()
    {
        await _broker.RestartAsync(() =>
        {
            foreach (var file in Directory.GetFiles(_broker.Folder, "*index", SearchOption.AllDirectories))
                File.Delete(file);
        });
        JudgeCommitted();
        Assert.True(new FileInfo(Path.Combine(_broker.Folder, "fx-none-0", $"{0:D20}.index")).Length > 0);
    }

    [Fact]
    public async Task Log_start_end_and_last_stable_offset_are_those_of_the_real_broker()
    {
        using var client = await _broker.ConnectAsync();
        foreach (var expected in Partitions)
        {
            async Task<long> Ask(long timestamp, Protocol.Messages.IsolationLevel isolation) =>
                (await client.ListOffsetAsync(expected.Topic, timestamp, isolation, expected.Index)).Offset;
            var actual = expected with
            {
                LogStartOffset = await Ask(ListOffsetsPartition.Earliest, default),
                HighWatermark = await Ask(ListOffsetsPartition.Latest, default),
                LastStableOffset = await Ask(ListOffsetsPartition.Latest, Protocol.Messages.IsolationLevel.ReadCommitted),
            };
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public async Task Leader_epochs_are_those_of_the_checkpoint()
    {
        using var client = await _broker.ConnectAsync();
        var batches = FixtureLog.Of("fx-epochs-0").Listing("batches");
        foreach (var epoch in new[] { 0, 1, 2, 3 })
        {
            var answer = await client.AskAsync(new OffsetForLeaderEpochRequest
            {
                Topics = [new LeaderEpochTopic { Topic = "fx-epochs", Partitions = [new LeaderEpochPartition { LeaderEpoch = epoch }] }],
            });
            var last = batches.Last(b => b.GetProperty("partitionLeaderEpoch").GetInt32() <= epoch);
            Assert.Equal(last.GetProperty("partitionLeaderEpoch").GetInt32(), answer.Topics[0].Partitions[0].LeaderEpoch);
            Assert.Equal(last.GetProperty("lastOffset").GetInt64() + 1, answer.Topics[0].Partitions[0].EndOffset);
        }
    }

    [Fact]
    public async Task A_time_leads_to_the_first_record_that_reaches_it()
    {
        using var client = await _broker.ConnectAsync();
        foreach (var topic in new[] { "fx-multi", "fx-none", "fx-zstd", "fx-logappend", "fx-compact", "fx-v1", "fx-v1-upgraded" })
        {
            var records = Fixtures.Records(topic + "-0");
            foreach (var sought in records.Where((_, i) => i % 40 == 7).Select(r => r.Timestamp))
            {
                var found = await client.ListOffsetAsync(topic, sought);
                var expected = records.First(r => r.Timestamp >= sought);
                Assert.Equal((topic, expected.Offset, expected.Timestamp), (topic, found.Offset, found.Timestamp));
            }

            Assert.Equal(-1, (await client.ListOffsetAsync(topic, records.Max(r => r.Timestamp) + 1)).Offset);
        }
    }

    [Theory]
    [InlineData("fx-v0")]
    [InlineData("fx-v1")]
    [InlineData("fx-v1-upgraded")]
    public async Task A_log_of_an_old_message_format_is_indexed_anew_found_in_by_every_version_and_written_on(string topic)
    {
        var folder = Path.Combine(_broker.Folder, topic + "-0");
        await _broker.RestartAsync(() =>
        {
            File.Delete(Path.Combine(_broker.Folder, ".kafka_cleanshutdown"));
            foreach (var file in Directory.GetFiles(folder, "*index"))
                File.Delete(file);
        });
        using var client = await _broker.ConnectAsync();
        var records = Fixtures.Records(topic + "-0");
        var end = await client.EndAsync(topic);
        Assert.Equal(records[^1].Offset + 1, end);
        var log = await File.ReadAllBytesAsync(FixtureLog.Of(topic + "-0").LogFiles[0]);
        foreach (var record in records.Where((_, i) => i % 7 == 3))
        {
            for (short version = 4; version <= 11; version++)
            {
                var fetched = (await client.AskAsync(Batches.Fetch(topic, record.Offset), version)).Topics[0].Partitions[0].Records!.Value;
                Assert.EndsWith(Convert.ToHexString(fetched.Span), Convert.ToHexString(log), StringComparison.Ordinal);
                Assert.True(Protocol.Records.RecordBatch.TryTake(ref fetched, out var first));
                using var buffer = new Protocol.Compression.PooledBuffer();
                Assert.Contains(first.ReadRecords(buffer), r => r.Offset == record.Offset);
            }
        }

        Assert.Equal(end, (await client.ProduceAsync(topic, Batches.Of(Batches.Plain, "new"))).BaseOffset);
        await _broker.RestartAsync();
        using var again = await _broker.ConnectAsync();
        Assert.Equal(["new"], Batches.Values(await again.FetchAsync(topic, end)));
        Assert.Empty(_broker.Log.Warnings);
    }

    [Fact]
    public async Task A_real_brokers_log_is_compacted_to_the_latest_committed_record_of_each_key()
    {
        // Where a transaction is open for ever, nothing is compacted.
        var partitions = Partitions.Where(p => p is { Index: 0, Topic: not ("fx-txn-open" or "fx-empty") } && !p.Topic.StartsWith("fx-v", StringComparison.Ordinal)).ToList();
        using (var client = await _broker.ConnectAsync())
        {
            foreach (var partition in partitions)
            {
                using var filler = new Protocol.Records.RecordBatchBuilder();
                filler.Add(Batches.Now, "filler"u8.ToArray(), new byte[] { 1 }, []);
                (string Name, string Value)[] configs = [("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0"), ("segment.bytes", "200")];
                await client.AskAsync(new IncrementalAlterConfigsRequest
                {
                    Resources =
                    [
                        new IncrementalConfigsResource
                        {
                            ResourceType = ConfigResourceType.Topic,
                            ResourceName = partition.Topic,
                            Configs = [.. configs.Select(c => new IncrementalConfig { Name = c.Name, Value = c.Value })],
                        },
                    ],
                });
                Assert.Equal(partition.HighWatermark, (await client.ProduceAsync(partition.Topic, filler.Build(Batches.Plain).ToArray())).BaseOffset);
            }
        }

        _broker.Server.ApplyCompaction();
        Assert.Empty(_broker.Log.Warnings);
        for (var restarted = false; ; restarted = true)
        {
            var read = Consume(IsolationLevel.ReadCommitted, partitions);
            foreach (var partition in partitions)
            {
                var keyed = Fixtures.Records(partition.Partition, Fixtures.HasCommitted(partition.Partition)).Where(r => r.Key is not null).ToList();
                var expected = keyed.Where((record, i) => !keyed.Skip(i + 1).Any(later => later.Key == record.Key));
                Assert.Equal(expected, read[partition.Partition].SkipLast(1));
            }

            if (restarted)
                break;
            await _broker.RestartAsync();
        }
    }

    [Fact]
    public async Task A_partition_taken_over_is_written_on()
    {
        using var client = await _broker.ConnectAsync();
        var produced = await client.ProduceAsync("fx-compact", Batches.Of(Batches.Plain with { }, "x"));
        Assert.Equal(1004, produced.BaseOffset);
        var fetched = await client.FetchAsync("fx-compact", 1004);
        Assert.Equal(["x"], Batches.Values(fetched));
    }

    private static IReadOnlyList<FixtureOffsets> Partitions => [.. Fixtures.Offsets()];

    private void JudgeCommitted()
    {
        var partitions = Partitions.Where(p => Fixtures.HasCommitted(p.Partition)).ToList();
        Assert.True(partitions.Count >= 4);
        var read = Consume(IsolationLevel.ReadCommitted, partitions);
        foreach (var partition in partitions)
            Assert.Equal(Fixtures.Records(partition.Partition, committed: true), read[partition.Partition]);
    }

    private Dictionary<string, List<FixtureRecord>> Consume(IsolationLevel isolation, IReadOnlyList<FixtureOffsets> partitions)
    {
        using var consumer = _broker.Consumer(config => config.IsolationLevel = isolation);
        consumer.Assign(partitions.Select(p => new TopicPartitionOffset(p.Topic, p.Index, Offset.Beginning)));
        var read = partitions.ToDictionary(p => p.Partition, _ => new List<FixtureRecord>());
        for (var ends = 0; ends < partitions.Count;)
        {
            var result = consumer.Consume(TimeSpan.FromSeconds(20)) ?? throw new TimeoutException($"{ends} of {partitions.Count} partitions read");
            if (result.IsPartitionEOF)
                ends++;
            else
                read[$"{result.Topic}-{result.Partition.Value}"].Add(Describe(result));
        }

        return read;
    }

    private static FixtureRecord Describe(ConsumeResult<byte[]?, byte[]?> result) => new(
        result.Offset,
        result.Message.Timestamp.UnixTimestampMs,
        result.Message.Timestamp.Type.ToString(),
        Base64(result.Message.Key),
        Base64(result.Message.Value),
        [.. result.Message.Headers.Select(h => new FixtureHeader(h.Key, Base64(h.GetValueBytes())))]);

    private static string? Base64(byte[]? bytes) => bytes is null ? null : Convert.ToBase64String(bytes);
}
