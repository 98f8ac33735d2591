using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KafkaBackup.Host.Secrets;

/// <summary>
/// The secrets that this process was given, to be taken out of whatever it says, writes down or logs: as they stand, and as JSON and URLs write them. One of 12
/// characters or more is found anywhere; one of 8 to 11 where it stands by itself, between other characters than letters, digits, <c>_</c> and <c>-</c>. A shorter
/// one can't be told from ordinary words, and is not looked for.
/// </summary>
public sealed class KnownSecrets
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Mask = "***";

    private const int Shortest = 8;
    private const int FoundAnywhere = 12;

    private readonly string[] _secrets;
    private readonly SearchValues<string> _any;

    /// <param name="secrets">The secrets; those that are too short are left out.</param>
    public KnownSecrets(IEnumerable<string> secrets)
    {
        _secrets = [.. secrets.Where(secret => secret.Length >= Shortest).SelectMany(Writings).Distinct().OrderByDescending(writing => writing.Length)];
        _any = SearchValues.Create(_secrets, StringComparison.Ordinal);
    }

    /// <summary>None.</summary>
    public static KnownSecrets None { get; } = new([]);

    /// <summary>The text without them.</summary>
    public string Redact(string text)
    {
        if (!text.AsSpan().ContainsAny(_any))
            return text;
        foreach (var secret in _secrets)
            text = secret.Length >= FoundAnywhere ? text.Replace(secret, Mask, StringComparison.Ordinal) : ReplaceAlone(text, secret);
        return text;
    }

    private static string ReplaceAlone(string text, string secret)
    {
        for (var at = text.IndexOf(secret, StringComparison.Ordinal); at >= 0; at = text.IndexOf(secret, at + 1, StringComparison.Ordinal))
        {
            if (!IsWithin(text, at - 1) && !IsWithin(text, at + secret.Length))
                text = string.Concat(text.AsSpan(0, at), Mask, text.AsSpan(at + secret.Length));
        }

        return text;
    }

    private static bool IsWithin(string text, int at) => at >= 0 && at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '-');

    private static IEnumerable<string> Writings(string secret) =>
    [
        secret, JsonEncodedText.Encode(secret).Value, JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value, Uri.EscapeDataString(secret),
    ];
}
