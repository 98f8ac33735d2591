namespace KafkaBackup.Quickstart;

/// <summary>Compares what was there with what came back.</summary>
internal static class Proof
{
    private const int Shown = 100;

    public static bool Print(Evidence before, Evidence after, Story story)
    {
        var isProven = true;
        foreach (var (partition, records) in before.Records)
        {
            var equal = records.SequenceEqual(after.Records[partition]);
            isProven &= equal;
            story.Tell($"{Mark(equal)} {partition}: {records.Count} records, {after.Records[partition].Count} came back, compared one by one");
        }

        foreach (var (topic, hash) in before.Dumps)
        {
            var equal = hash == after.Dumps[topic];
            isProven &= equal;
            story.Tell($"{Mark(equal)} kcat's dump of {topic}: SHA-256 {hash} before, {after.Dumps[topic]} after");
        }

        if (before.Dumps.Count == 0)
            story.Tell("   kcat is not installed: its dumps are left out");
        foreach (var (position, record) in before.Next)
        {
            var equal = record == after.Next[position];
            isProven &= equal;
            story.Tell($"{Mark(equal)} group {position} goes on at: {(record.Length > Shown ? record[..Shown] + "..." : record)}");
        }

        return isProven;
    }

    private static string Mark(bool equal) => equal ? "ok" : "DIFFERENT";
}
