using Microsoft.AspNetCore.Http;

namespace KafkaBackup.Host.Http;

/// <summary>Who makes a request, for the audit trail: what they say of themselves, which proves nothing, and the name of the API key they sent, which does.</summary>
public static class Caller
{
    /// <summary>Where they say it.</summary>
    public const string Header = "X-Requested-By";

    private const int Longest = 200;
    private const string KeyItem = "KafkaBackup.ApiKey";

    /// <summary>They have sent the API key of that name.</summary>
    internal static void Authenticated(HttpContext http, string keyName) => http.Items[KeyItem] = keyName;

    /// <summary>The caller's name, or null if none is given.</summary>
    /// <exception cref="BodyException">It is too long, or not for people to read.</exception>
    internal static string? Of(HttpContext http)
    {
        var name = http.Request.Headers[Header].ToString().Trim();
        if (name.Length > Longest || name.Any(char.IsControl))
            throw new BodyException(new Dictionary<string, string[]> { [Header] = [$"is a name of at most {Longest} characters, none of them a control character"] });
        return http.Items[KeyItem] is not string key ? name.Length == 0 ? null : name
            : name.Length == 0 ? key
            : $"{name} (API key {key})";
    }
}
