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

    public const string Repository = "repository.json";
    public const string Epochs = "epochs/";
    public const string Lists = "lists/";
    public const string Keys = "keys/";
    public const string RepositoryFormat = "kafka-backup-repository";
    public const string EpochFormat = "kafka-backup-epoch";
    public const string ListFormat = "kafka-backup-list";
    public const string EncryptedRepositoryFormat = "kafka-backup-encrypted-repository";
    public const string PackFormat = "kafka-backup-pack";
    public const string KeyFormat = "kafka-backup-key";

    private const string Extension = ".json";

    public static string Epoch(long sequence) => $"{Epochs}{PartitionPath.FormatOffset(sequence)}{Extension}";

    public static string List(string hash) => $"{Lists}{hash}{Extension}";

    public static string FormatOf(string name) =>
        name.StartsWith(Epochs, StringComparison.Ordinal) ? EpochFormat : name.StartsWith(Lists, StringComparison.Ordinal) ? ListFormat
        : name.StartsWith(PackLayout.Prefix, StringComparison.Ordinal) ? PackFormat
        : name.StartsWith(Keys, StringComparison.Ordinal) ? KeyFormat : RepositoryFormat;

    /// <summary>The newest version of an object that this program knows; it knows those before as well.</summary>
    public static int NewestVersionOf(string name) => name.StartsWith(Lists, StringComparison.Ordinal) ? PackedListVersion : Version;

    /// <summary>The sequence that a manifest's name says; null if it is not the name of one.</summary>
    public static long? SequenceOf(string name) =>
        name.Length == Epochs.Length + 20 + Extension.Length
        && name.StartsWith(Epochs, StringComparison.Ordinal)
        && name.EndsWith(Extension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(Epochs.Length, 20), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : null;
}
