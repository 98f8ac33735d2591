using System.Buffers;

namespace KafkaBackup.Repository.Storage;

/// <summary>
/// The rule for objects' names: parts of <c>A-Z a-z 0-9 . _ -</c> (what Kafka allows in a topic's name) separated by single <c>/</c>; no part is
/// <c>.</c> or <c>..</c>, and the last one does not begin with a dot.
/// </summary>
public static class ObjectName
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Returns the name if it may name an object.</summary>
    /// <exception cref="ArgumentException">It may not.</exception>
    public static string Check(string name)
    {
        var rest = name.AsSpan();
        for (var end = rest.IndexOf('/'); end >= 0; end = rest.IndexOf('/'))
        {
            if (!IsPart(rest[..end]))
                throw Refusal(name);
            rest = rest[(end + 1)..];
        }

        return IsPart(rest) && rest[0] != '.' ? name : throw Refusal(name);
    }

    /// <summary>Returns the prefix if names may begin with it: empty, or parts of which the last may be unfinished.</summary>
    /// <exception cref="ArgumentException">No name may.</exception>
    public static string CheckPrefix(string prefix)
    {
        var last = prefix.LastIndexOf('/');
        foreach (var part in last < 0 ? [] : prefix[..last].Split('/'))
        {
            if (!IsPart(part))
                throw Refusal(prefix);
        }

        return prefix.AsSpan(last + 1).ContainsAnyExcept(Allowed) ? throw Refusal(prefix) : prefix;
    }

    private static bool IsPart(ReadOnlySpan<char> part) => part is not ("" or "." or "..") && !part.ContainsAnyExcept(Allowed);

    private static ArgumentException Refusal(string name) => new($"'{name}' can't be the name of an object");
}
