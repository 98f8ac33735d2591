using Confluent.Kafka;
using KafkaBackup.EndToEnd.Tests.Support;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A broker may forget a producer id in mid-restore; the restore then records another and goes on.</summary>
public sealed class ForgottenProducerTests
{
    [Fact]
    public async Task A_producer_id_that_the_broker_forgets_is_replaced_durably_and_nothing_is_lost_or_doubled()
    {
        await using var clusters = TwoClusters.Start(targetArguments: ["--fault", "error:Produce=UnknownProducerId*2"]);
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = clusters.Source.Address, BatchSize = 200_000, LingerMs = 50 }).Build())
        {
            for (var i = 0; i < 20_000; i++)
                producer.Produce("forgotten", new Message<Null, string> { Value = $"{i} {new string('x', 200)}" });
            producer.Flush();
        }

        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        var restore = await clusters.RestoreAsync();

        Assert.True(restore.Exit == 0, restore.Errors);
        Assert.Equal(Witness.ReadAll(clusters.Source.Address, "forgotten", 0), Witness.ReadAll(clusters.Target.Address, "forgotten", 0));
        var identities = Directory.GetFiles(Path.Combine(clusters.Repository, "restores"), "forgotten-0.*.json", SearchOption.AllDirectories)
            .Where(file => file.Contains("producers", StringComparison.Ordinal)).ToList();
        Assert.InRange(identities.Count, 2, 3); // both failures may meet batches that were on their way together
    }
}
