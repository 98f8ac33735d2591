namespace KafkaBackup.Repository.Merging;

/// <summary>How the runs of merges are told from those of epochs. Source: FORMAT.md, "Objects".</summary>
public static class MergeGeneration
{
    private const string Prefix = "merge-";

    /// <summary>The generation of a merge.</summary>
    /// <param name="id">What no other run has.</param>
    public static string Of(string id) => Prefix + id;

    /// <summary>Whether an object of segments is of a merge's generation.</summary>
    internal static bool Made(string name)
    {
        // Few names have it in them at all.
        if (!name.Contains(Prefix, StringComparison.Ordinal))
            return false;
        var parts = name.Split('/');
        return parts is ["topics", _, _, var alone, ..] ? Is(alone) : parts is ["packs", var packed, ..] && Is(packed);
    }

    /// <summary>Whether a generation is a merge's.</summary>
    public static bool Is(string generation) => generation.StartsWith(Prefix, StringComparison.Ordinal);
}
