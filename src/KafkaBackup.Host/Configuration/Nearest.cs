namespace KafkaBackup.Host.Configuration;

/// <summary>Finds what somebody may have meant.</summary>
public static class Nearest
{
    /// <summary>The known name with the fewest letters to change.</summary>
    public static string To(string name, IEnumerable<string> known) => known.MinBy(k => Distance(name.ToLowerInvariant(), k.ToLowerInvariant())) ?? "";

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
