using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using KafkaBackup.Host.Configuration;

namespace KafkaBackup.Host.Secrets;

/// <summary>Finds the secrets among settings: by the names of the keys, so that one that is added later is found too, and where settings say that they are.</summary>
public static partial class SecretSettings
{
    /// <summary>Those that settings hold, or name a variable or a file of. What can't be read is reported where it is used.</summary>
    public static KnownSecrets Of(HostSettings settings) => new(Values(settings, "").Concat(settings.Repositories.Values.SelectMany(Passphrases)).SelectMany(Parts));

    private static IEnumerable<string> Values(object? value, string name) => value switch
    {
        null => [],
        string text => SecretName().IsMatch(name) ? [text] : [],
        IDictionary entries => entries.Keys.Cast<string>().SelectMany(key => Values(entries[key], name == nameof(HostSettings.ApiKeys) ? name : key)),
        IEnumerable or ValueType => [],
        _ => value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property => Values(property.GetValue(value), property.Name)),
    };

    private static IEnumerable<string> Passphrases(RepositorySettings repository)
    {
        if (repository.PassphraseVariable is { } name && Environment.GetEnvironmentVariable(name) is { } passphrase)
            yield return passphrase;
        if (repository.PassphraseFile is { } path && FirstLine(path) is { } line)
            yield return line;
    }

    private static string? FirstLine(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The whole, and the secret within: the key of a connection string, the signature of a URL, the password of a JAAS configuration.</summary>
    private static IEnumerable<string> Parts(string secret) => [secret, .. Within().Matches(secret).Select(match => match.Groups["secret"].Value)];

    // A name such as PassphraseFile or PassphraseVariable says where the secret is, not what.
    [GeneratedRegex("password|secret|token(?!.*url)|connectionstring|sasurl|apikeys?|accesskey|accountkey|jaas|\\.pem$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex("(?:AccountKey|SharedAccessSignature|password|secret)\\s*=\\s*[\"']?(?<secret>[^\"';]+)|[?&]sig=(?<secret>[^&;]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Within();
}
