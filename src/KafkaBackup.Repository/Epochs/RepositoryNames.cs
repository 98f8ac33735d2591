using System.Globalization;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Epochs;

/// <summary>The names of a repository's own objects, and the formats that they say they have. Source: FORMAT.md, "Objects".</summary>
internal static class RepositoryNames
{
    public const int Version = 1;

    /// <summary>The version of lists that lead into packs.</summary>
    public const int PackedListVersion = 2;

    /// <summary>The version of lists that merges write, or that lead to what merges made.</summary>
    public const int MergedListVersion = 3;

    public const string Repository = "repository.json";
    public const string Epochs = "epochs/";
    public const string Lists = "lists/";
    public const string Merges = "merges/";
    public const string Keys = "keys/";
    public const string Stubs = "stubs/";
    public const string Prunes = "prunes/";
    public const string Orphans = "orphans/";

    /// <summary>What runs hand from one step to the next: below it, a folder for each generation.</summary>
    public const string Runs = "runs/";

    public const string Restores = "restores/";
    public const string RepositoryFormat = "kafka-backup-repository";
    public const string EpochFormat = "kafka-backup-epoch";
    public const string ListFormat = "kafka-backup-list";
    public const string EncryptedRepositoryFormat = "kafka-backup-encrypted-repository";
    public const string PackFormat = "kafka-backup-pack";
    public const string MergeFormat = "kafka-backup-merge";
    public const string KeyFormat = "kafka-backup-key";
    public const string StubFormat = "kafka-backup-stub";
    public const string PruneFormat = "kafka-backup-prune";
    public const string PinFormat = "kafka-backup-restore-pin";

    private const string Extension = ".json";

    public static string Epoch(long sequence) => $"{Epochs}{PartitionPath.FormatOffset(sequence)}{Extension}";

    public static string Merge(long number) => $"{Merges}{PartitionPath.FormatOffset(number)}{Extension}";

    /// <summary>What is left of an epoch that was removed.</summary>
    public static string Stub(long sequence) => $"{Stubs}{PartitionPath.FormatOffset(sequence)}{Extension}";

    /// <summary>A prune that was begun.</summary>
    public static string Prune(string hash) => $"{Prunes}{hash}{Extension}";

    /// <summary>When a run without an epoch was first met.</summary>
    public static string Orphan(string generation) => $"{Orphans}{generation}{Extension}";

    /// <summary>That what a run had written was removed.</summary>
    public static string Collected(string generation) => $"collected/{generation}{Extension}";

    /// <summary>Which epoch a restore keeps while it is at work.</summary>
    public static string Pin(string restore) => $"{Restores}{restore}/pin{Extension}";

    /// <summary>What a restore came to; there when it is over.</summary>
    public static string Report(string restore) => $"{Restores}{restore}/report{Extension}";

    /// <summary>The generation that the name of an <see cref="Orphan"/> says.</summary>
    public static string GenerationOf(string orphan) => orphan[Orphans.Length..^Extension.Length];

    /// <summary>The hash that the name of a <see cref="List"/> says.</summary>
    public static string HashOf(string list) => list[Lists.Length..^Extension.Length];

    public static string List(string hash) => $"{Lists}{hash}{Extension}";

    public static string FormatOf(string name) =>
        name.StartsWith(Epochs, StringComparison.Ordinal) ? EpochFormat : name.StartsWith(Lists, StringComparison.Ordinal) ? ListFormat
        : name.StartsWith(PackLayout.Prefix, StringComparison.Ordinal) ? PackFormat
        : name.StartsWith(Merges, StringComparison.Ordinal) ? MergeFormat
        : name.StartsWith(Stubs, StringComparison.Ordinal) ? StubFormat
        : name.StartsWith(Prunes, StringComparison.Ordinal) ? PruneFormat
        : name.StartsWith(Restores, StringComparison.Ordinal) ? PinFormat
        : name.StartsWith(Keys, StringComparison.Ordinal) ? KeyFormat : RepositoryFormat;

    /// <summary>The newest version of an object that this program knows; it knows those before as well.</summary>
    public static int NewestVersionOf(string name) => name.StartsWith(Lists, StringComparison.Ordinal) ? MergedListVersion : Version;

    /// <summary>The sequence that a manifest's name says; null if it is not the name of one.</summary>
    public static long? SequenceOf(string name) => SequenceOf(Epochs, name);

    /// <summary>The sequence that a stub's name says; null if it is not the name of one.</summary>
    public static long? PrunedSequenceOf(string name) => SequenceOf(Stubs, name);

    /// <summary>The number that a merge's name says; null if it is not the name of one.</summary>
    public static long? MergeNumberOf(string name) => SequenceOf(Merges, name);

    private static long? SequenceOf(string prefix, string name) =>
        name.Length == prefix.Length + 20 + Extension.Length
        && name.StartsWith(prefix, StringComparison.Ordinal)
        && name.EndsWith(Extension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(prefix.Length, 20), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : null;
}
