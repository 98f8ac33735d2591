using System.Globalization;

namespace KafkaBackup.Repository.Exporting;

/// <summary>A checkpoint as brokers keep it beside their logs: version 0, the number of entries, an entry a line. Source: Kafka's CheckpointFile.</summary>
internal static class CheckpointFile
{
    public static string Of(IReadOnlyCollection<string> entries) =>
        string.Join('\n', (string[])["0", entries.Count.ToString(CultureInfo.InvariantCulture), .. entries]) + "\n";
}
