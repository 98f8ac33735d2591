using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Repository.Encryption;

/// <summary>Replaces topics' names in objects' names by tokens, and back. Source: FORMAT.md, "Hidden topic names".</summary>
internal sealed class HiddenNames(byte[] nameKey)
{
    public const string Topics = "topics/";
    public const string Restores = "restores/";

    private const int TokenBytes = 16;

    private readonly ConcurrentDictionary<string, string> tokens = new(StringComparer.Ordinal);

    /// <summary>What stands for a topic's name: always the same.</summary>
    public string TokenOf(string topic) =>
        tokens.GetOrAdd(topic, t => Convert.ToHexStringLower(HMACSHA256.HashData(nameKey, Encoding.UTF8.GetBytes(t)).AsSpan(0, TokenBytes)));

    /// <summary>The topic, or the token, that an object's name speaks of; null if of none.</summary>
    public static string? TopicIn(string name)
    {
        if (name.StartsWith(Topics, StringComparison.Ordinal))
        {
            var end = name.IndexOf('/', Topics.Length);
            return end < 0 ? null : name[Topics.Length..end];
        }

        var leaf = name.LastIndexOf('/') + 1;
        return leaf > Restores.Length && name.StartsWith(Restores, StringComparison.Ordinal) && NumberedEnd(name, leaf) is { } dash ? name[leaf..dash] : null;
    }

    /// <summary>The name with the topic, or token, that <see cref="TopicIn"/> finds in it replaced by another.</summary>
    public static string Replace(string name, string topic, string other)
    {
        if (!name.StartsWith(Topics, StringComparison.Ordinal))
            return string.Concat(name.AsSpan(0, name.LastIndexOf('/') + 1), other, name.AsSpan(name.LastIndexOf('/') + 1 + topic.Length));
        var parts = name.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            if (i == 1 || IsPartition(parts[i], topic))
                parts[i] = other + parts[i][topic.Length..];
        }

        return string.Join('/', parts);
    }

    private static bool IsPartition(string part, string topic) =>
        part.StartsWith(topic, StringComparison.Ordinal) && NumberedEnd(part, 0) == topic.Length && !part.AsSpan(topic.Length).Contains('.');

    /// <summary>Where the last "-", digits, and possibly "." and more, begin; null if the name does not end like this.</summary>
    private static int? NumberedEnd(string name, int start)
    {
        var dash = name.LastIndexOf('-');
        if (dash <= start)
            return null;
        var number = name.AsSpan(dash + 1);
        var dot = number.IndexOf('.');
        var digits = dot < 0 ? number : number[..dot];
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9') ? dash : null;
    }
}
