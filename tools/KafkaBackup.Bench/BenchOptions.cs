using System.Globalization;

namespace KafkaBackup.Bench;

/// <summary>What is asked of the benchmarks.</summary>
/// <param name="Groups">Which of them; all where none is named.</param>
/// <param name="Share">How much of the data, above 0; 1 makes a run of all groups of about ten minutes on two cores.</param>
/// <param name="Rounds">How often each side runs, alternating; the best counts.</param>
/// <param name="Only">Only workloads whose names have this in them.</param>
internal sealed record BenchOptions(IReadOnlyList<string> Groups, double Share, int Rounds, string Only)
{
    public const string Usage = "usage: tools/bench [backup|restore|encryption|catalog|durable]... [--share 0.1] [--rounds 2] [--only PART-OF-A-WORKLOAD'S-NAME]";

    private static readonly string[] Known = ["backup", "restore", "encryption", "catalog", "durable"];

    public bool Has(string group) => Groups.Count == 0 || Groups.Contains(group);

    /// <summary>Reads them; null where they make no sense.</summary>
    public static BenchOptions? Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions([], 1, 2, "");
        for (var i = 0; i < arguments.Count; i++)
        {
            var next = i + 1 < arguments.Count ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--share" when double.TryParse(next, CultureInfo.InvariantCulture, out var share) && share > 0:
                    (options, i) = (options with { Share = share }, i + 1);
                    break;
                case "--rounds" when int.TryParse(next, CultureInfo.InvariantCulture, out var rounds) && rounds > 0:
                    (options, i) = (options with { Rounds = rounds }, i + 1);
                    break;
                case "--only" when next.Length > 0:
                    (options, i) = (options with { Only = next }, i + 1);
                    break;
                case var group when Known.Contains(group):
                    options = options with { Groups = [.. options.Groups, group] };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
