using System.Net;
using System.Text.RegularExpressions;
using KafkaBackup.Durable.AzureStorage;

namespace KafkaBackup.Host.Configuration;

/// <summary>Finds what makes no sense in the settings of the state. No fault repeats a secret.</summary>
internal static partial class StateValidator
{
    private const string Path = $"{HostSettings.Section}:State";
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>Every fault, with the key where it is.</summary>
    public static IEnumerable<string> Faults(HostSettings settings) => settings.State.AzureName is { } name ? AzureFaults(settings, name) : FolderFaults(settings.State);

    private static IEnumerable<string> FolderFaults(StateSettings state)
    {
        if (state.Location.Length == 0)
            yield return $"{Path} is empty: give a folder, or azure:NAME";
        else if (Scheme().IsMatch(state.Location))
            yield return $"{Path}: '{state.Location}' is neither a folder nor azure:NAME; write a folder with such a name as ./{state.Location}";
        foreach (var (key, isGiven) in new[]
            { ("Azure", state.Azure is not null), ("TableUrl", state.TableUrl is not null), ("Address", state.Address != new StateSettings().Address), ("Port", state.Port is not null) })
        {
            if (isGiven)
                yield return $"{Path}:{key} is for a state in Azure Storage, and this one is the folder '{state.Location}'";
        }
    }

    private static IEnumerable<string> AzureFaults(HostSettings settings, string name)
    {
        var state = settings.State;
        if (!AzureStateOptions.IsName(name))
            yield return $"{Path}: '{name}' can't name a state in Azure Storage: give 3 to 40 lower-case letters and digits, the first a letter";
        if (!IPAddress.TryParse(state.Address, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            yield return $"{Path}:Address: '{state.Address}' is no IP address on which another host can reach this one";
        if (state.Port is < 1 or > ushort.MaxValue)
            yield return $"{Path}:Port is between 1 and 65535, not {state.Port}";
        if (state.ProbeTimeout is { } text && Age.Parse(text) is not { } timeout)
            yield return $"{Path}:ProbeTimeout: '{text}' is no time such as 2s";
        else if (state.ProbeTimeout is { } given && Age.Parse(given) is { } time && (time < Shortest || time > Longest))
            yield return $"{Path}:ProbeTimeout is between 1s and 1m, not {given}";
        if (state.MissedProbes is < 1 or > 100)
            yield return $"{Path}:MissedProbes is between 1 and 100, not {state.MissedProbes}";
        foreach (var fault in AccountFaults(state, settings.Azure))
            yield return fault;
    }

    private static IEnumerable<string> AccountFaults(StateSettings state, AzureSettings? common)
    {
        if (state.Azure is { } own && ((string?[])[own.ConnectionString, own.SasUrl, own.AccountUrl]).Count(way => !string.IsNullOrEmpty(way)) != 1)
        {
            yield return $"{Path}:Azure: give one of ConnectionString, SasUrl and AccountUrl";
            yield break;
        }

        if (state.TableUrl is { } tables && (!Uri.TryCreate(tables, UriKind.Absolute, out var url) || url.Query.Length > 0 || !url.Scheme.StartsWith("http", StringComparison.Ordinal)))
            yield return $"{Path}:TableUrl is no URL such as https://ACCOUNT.table.core.windows.net";
        var azure = state.Azure ?? common;
        if (azure is null)
            yield return $"{Path} is in Azure Storage, and it is not said how to reach the account: set {HostSettings.Section}:Azure, or {Path}:Azure";
        else if (azure.SasUrl is { Length: > 0 } sas)
            foreach (var fault in UrlFaults($"{Path}:Azure:SasUrl", sas, state.TableUrl, isSigned: true))
                yield return fault;
        else if (azure.AccountUrl is { Length: > 0 } account)
            foreach (var fault in UrlFaults($"{Path}:Azure:AccountUrl", account, state.TableUrl, isSigned: false))
                yield return fault;
    }

    private static IEnumerable<string> UrlFaults(string key, string text, string? tables, bool isSigned)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || !url.Scheme.StartsWith("http", StringComparison.Ordinal))
            yield return $"{key} is no URL such as https://ACCOUNT.blob.core.windows.net";
        else if (isSigned && !SignsTablesAndBlobs(url))
            yield return $"{key} has no signature of the account for its blobs and its tables (ss=bt): a state needs both";
        else if (!isSigned && (url.Query.Length > 0 || url.Scheme != Uri.UriSchemeHttps))
            yield return $"{key} is no https://ACCOUNT.blob.core.windows.net: identities are sent over https only, and a URL with a signature is a SasUrl";
        else if (tables is null && !url.Host.Contains(".blob.", StringComparison.OrdinalIgnoreCase))
            yield return $"{Path}:TableUrl is missing: it does not follow from '{url.Host}'";
    }

    private static bool SignsTablesAndBlobs(Uri url) =>
        url.Query.TrimStart('?').Split('&').FirstOrDefault(part => part.StartsWith("ss=", StringComparison.Ordinal)) is { } services && services.Contains('b') && services.Contains('t');

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+:")]
    private static partial Regex Scheme();
}
