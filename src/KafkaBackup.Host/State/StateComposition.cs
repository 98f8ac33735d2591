using System.Globalization;
using System.Net;
using KafkaBackup.Durable;
using KafkaBackup.Durable.AzureStorage;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Host.Configuration;

namespace KafkaBackup.Host.State;

/// <summary>Opens what the settings say of the state.</summary>
public static class StateComposition
{
    private const string HistoryFile = "history.db";

    /// <summary>Where a state folder keeps the histories.</summary>
    public static string HistoryPath(StateSettings state) => Path.Combine(Path.GetFullPath(state.Location), HistoryFile);

    /// <summary>Opens the histories to look at them, without being their host.</summary>
    /// <exception cref="HostConfigurationException">What the settings say makes no connection.</exception>
    public static async Task<HistoryReader> OpenReaderAsync(HostSettings settings, CancellationToken cancellation) => settings.State.AzureName is { } name
        ? Connect(() => AzureStateExtensions.OpenReader(Azure(settings, name)))
        : await HistoryReader.OpenSqliteAsync(HistoryPath(settings.State), cancellation);

    /// <exception cref="HostConfigurationException">What the settings say makes no connection.</exception>
    internal static void Configure(DurableTaskOptions options, HostSettings settings)
    {
        var state = settings.State;
        if (state.AzureName is not { } name)
        {
            options.SqlitePath = HistoryPath(state);
            return;
        }

        var standard = new HostingOptions();
        var hosting = standard with
        {
            Address = IPAddress.Parse(state.Address),
            Port = (int?)state.Port ?? standard.Port,
            ProbeTimeout = state.ProbeTimeout is { } text ? Age.Parse(text)!.Value : standard.ProbeTimeout,
            MissedProbes = (int?)state.MissedProbes ?? standard.MissedProbes,
        };
        Connect(() =>
        {
            options.UseAzureState(Azure(settings, name), hosting);
            return true;
        });
    }

    private static AzureStateOptions Azure(HostSettings settings, string name)
    {
        var azure = settings.State.Azure ?? settings.Azure!;
        if (azure.ConnectionString is { Length: > 0 } text)
            return new() { Name = name, ConnectionString = text };
        var url = new Uri(azure.SasUrl is { Length: > 0 } sas ? sas : azure.AccountUrl!);
        return new()
        {
            Name = name,
            BlobEndpoint = new(url.GetLeftPart(UriPartial.Path)),
            TableEndpoint = new(settings.State.TableUrl ?? new UriBuilder(url) { Host = url.Host.Replace(".blob.", ".table.", true, CultureInfo.InvariantCulture), Query = "" }.Uri.ToString()),
            SharedAccessSignature = url.Query.Length > 0 ? url.Query : null,
            WithIdentity = url.Query.Length == 0,
        };
    }

    /// <summary>What the clients say of a connection string they can't read may repeat it.</summary>
    private static T Connect<T>(Func<T> connect)
    {
        try
        {
            return connect();
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new HostConfigurationException(
                [$"{HostSettings.Section}:State: the connection string of the account is no such thing: copy it from the storage account's access keys (AccountName=...;AccountKey=...)"]);
        }
    }
}
