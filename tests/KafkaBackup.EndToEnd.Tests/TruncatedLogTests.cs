using System.Buffers.Binary;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A log that an unclean leader election cut off, and that has grown past its old end since.</summary>
public sealed class TruncatedLogTests
{
    private const string Topic = "stream";

    [Fact]
    public async Task A_log_that_was_cut_off_below_what_is_backed_up_and_has_grown_again_is_backed_up_anew_and_said_so()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, Topic, 1);
        for (var i = 0; i < 100; i += 10)
            Topics.Produce(clusters.Source.Address, Topic, 1, i, i + 10);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);

        var address = clusters.Source.Address;
        await clusters.Source.StopAsync();
        CutOff(Path.Combine(clusters.Source.Data, $"{Topic}-0"), batches: 4, leaderEpoch: 1);
        await using var restarted = BrokerProcess.Listen(clusters.Source.Data, address);
        Topics.Produce(address, Topic, 1, 1000, 1100);
        var second = await clusters.BackupAsync("--json");
        Topics.Produce(address, Topic, 1, 1100, 1110);
        var third = await clusters.BackupAsync("--json");

        var seen = Witness.ReadAll(address, Topic, 0);
        Assert.True(seen.Count > 100, $"the log has {seen.Count} records, and had 100");
        Assert.Equal(3, second.Exit);
        Assert.Contains("The log lost what it had at offsets", second.Output + second.Errors, StringComparison.Ordinal);
        Assert.Equal((seen.Count - 10, 10), (Records(second), Records(third)));
        Assert.Equal(0, third.Exit);
        Assert.Equal(0, (await clusters.RestoreAsync()).Exit);
        Assert.Equal(seen, Witness.ReadAll(clusters.Target.Address, Topic, 0));
        Assert.Equal(0, (await clusters.RestoreAsync("--epoch", "1", "--map", "*=before-*")).Exit);
        Assert.Equal(100, Witness.ReadAll(clusters.Target.Address, $"before-{Topic}", 0).Count);
        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);
    }

    private static long Records(CliResult result)
    {
        using var json = JsonDocument.Parse(result.Output);
        return json.RootElement.GetProperty("records").GetInt64();
    }

    /// <summary>Leaves a log as a replica that lagged behind has it, which then leads in a new epoch.</summary>
    private static void CutOff(string folder, int batches, int leaderEpoch)
    {
        const int LengthAt = 8, LastOffsetDeltaAt = 23, HeaderSize = 27;
        var end = 0L;
        using (var file = File.Open(Assert.Single(Directory.GetFiles(folder, "*.log")), FileMode.Open))
        {
            var header = new byte[HeaderSize];
            for (var position = 0L; batches > 0; batches--, file.Position = position)
            {
                file.ReadExactly(header);
                end = BinaryPrimitives.ReadInt64BigEndian(header) + BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(LastOffsetDeltaAt)) + 1;
                position += LengthAt + sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(LengthAt));
            }

            file.SetLength(file.Position);
        }

        foreach (var index in Directory.GetFiles(folder, "*index"))
            File.Delete(index);
        File.WriteAllText(Path.Combine(folder, "leader-epoch-checkpoint"), $"0\n2\n0 0\n{leaderEpoch} {end}\n");
    }
}
