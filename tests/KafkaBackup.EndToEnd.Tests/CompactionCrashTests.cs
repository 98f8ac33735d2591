using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A broker that is killed while it compacts, again and again.</summary>
public sealed class CompactionCrashTests
{
    private const int Keys = 20;

    [Fact]
    public async Task A_broker_killed_while_it_compacts_loses_no_keys_latest_value()
    {
        using var folder = new TestFolder();
        var random = new Random(TestSize.Seed);
        var acknowledged = new ConcurrentDictionary<string, long>();
        var number = 0;
        var broker = BrokerProcess.Start(folder["data"], CompactedSource.Eager);
        try
        {
            await CompactedSource.CreateAsync(broker.Address, deleteRetentionMs: 0);
            for (var kill = 0; kill < TestSize.Of(4, 40); kill++)
            {
                using (var producer = CompactedSource.Producer(broker, config => config.EnableIdempotence = false))
                {
                    var updates = random.Next(100, 400);
                    for (var i = 0; i < updates; i++)
                    {
                        var update = CompactedSource.Update(number % Keys, ++number);
                        var delivered = await producer.ProduceAsync(CompactedSource.Topic, update);
                        acknowledged[Encoding.UTF8.GetString(update.Key)] = delivered.Offset.Value;
                    }
                }

                var address = broker.Address;
                await broker.DisposeAsync();
                broker = BrokerProcess.Listen(folder["data"], address, CompactedSource.Eager);
                var read = Witness.ReadAll(address, CompactedSource.Topic, 0);
                Figures.Print($"kill {kill + 1} after {number} updates: {read.Count} records are left");
                Judge(read, acknowledged, number);
                Assert.Empty(Directory.GetFiles(Path.Combine(folder["data"], $"{CompactedSource.Topic}-0"), "*.swap"));
            }
        }
        finally
        {
            await broker.DisposeAsync();
        }
    }

    // Every key's latest record is there under its offset, unless it is a tombstone, which may be gone; and nothing of a key lies above it.
    private static void Judge(IReadOnlyList<SeenRecord> read, IReadOnlyDictionary<string, long> acknowledged, int updates)
    {
        Assert.True(read.Count < updates, "nothing was compacted");
        var byKey = read.ToLookup(r => Encoding.UTF8.GetString(Convert.FromBase64String(r.Content.Split('\'')[1])), r => r.Offset);
        foreach (var (key, offset) in acknowledged)
        {
            if (byKey[key].Any())
                Assert.Equal(offset, byKey[key].Max());
            else
                Assert.Equal(0, (offset + 1) % 11);
        }
    }
}
