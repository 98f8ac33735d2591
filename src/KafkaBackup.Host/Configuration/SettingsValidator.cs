using System.Net;
using KafkaBackup.Host.Plans;
using KafkaBackup.Host.Repositories;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Workflows.Selection;
using Microsoft.AspNetCore.Http;

namespace KafkaBackup.Host.Configuration;

/// <summary>Finds what makes no sense in settings.</summary>
internal static class SettingsValidator
{
    /// <summary>Every fault, with the key where it is.</summary>
    public static IEnumerable<string> Faults(HostSettings settings) =>
        ClusterFaults(settings).Concat(RepositoryValidator.Faults(settings)).Concat(settings.Plans.SelectMany(plan => PlanFaults(settings, $"{HostSettings.Section}:Plans:{plan.Key}", plan.Value))).Concat(StateValidator.Faults(settings)).Concat(ListenFaults(settings)).Concat(ApiKeyFaults(settings))
            .Concat(HistorySettingsFaults.Of(settings.History, settings.Repositories));

    private static IEnumerable<string> ClusterFaults(HostSettings settings)
    {
        foreach (var (name, cluster) in settings.Clusters)
        {
            if (!cluster.ContainsKey("bootstrap.servers"))
                yield return $"{HostSettings.Section}:Clusters:{name}: bootstrap.servers is missing";
            else if (Fault(() => _ = new ClusterOptions(cluster)) is { } fault)
                yield return $"{HostSettings.Section}:Clusters:{name}: {fault}";
        }
    }

    private static IEnumerable<string> PlanFaults(HostSettings settings, string path, PlanSettings plan)
    {
        if (string.IsNullOrEmpty(plan.Cluster))
            yield return $"{path}:Cluster is missing";
        else if (!settings.Clusters.ContainsKey(plan.Cluster) && !plan.Cluster.Contains(':'))
            yield return $"{path}:Cluster: there is no cluster connection '{plan.Cluster}'{DidYouMean(plan.Cluster, settings.Clusters.Keys)}";
        if (string.IsNullOrEmpty(plan.Repository))
            yield return $"{path}:Repository is missing";
        else if (!settings.Repositories.ContainsKey(plan.Repository) && !plan.Repository.Contains(':'))
            yield return $"{path}:Repository: there is no repository connection '{plan.Repository}'{DidYouMean(plan.Repository, settings.Repositories.Keys)}";
        else if (!settings.Repositories.ContainsKey(plan.Repository) && RepositoryAddress.Fault(plan.Repository) is { } address)
            yield return $"{path}:Repository: {address}";
        if (PlanSchedule.Fault(plan.Schedule) is { } schedule)
            yield return $"{path}:Schedule {schedule}";
        foreach (var (key, selectors) in new[] { ("Topics", plan.Topics), ("Exclude", plan.Exclude), ("Groups", plan.Groups) })
        {
            foreach (var selector in selectors)
            {
                if (Fault(() => NameSelector.Parse(selector)) is { } fault)
                    yield return $"{path}:{key}: {fault}";
            }
        }

        if (plan.SegmentBytes <= 0)
            yield return $"{path}:SegmentBytes is above 0, not {plan.SegmentBytes}";
        if (plan.PackedSegmentBytes < 0)
            yield return $"{path}:PackedSegmentBytes is 0 or more, not {plan.PackedSegmentBytes}";
        if (plan.PackBytes <= 0)
            yield return $"{path}:PackBytes is above 0, not {plan.PackBytes}";
        if (plan.RateLimit <= 0)
            yield return $"{path}:RateLimit is above 0, not {plan.RateLimit}";
        foreach (var fault in plan.Retention?.Faults() ?? [])
            yield return $"{path}:Retention {fault}";
    }

    private static IEnumerable<string> ApiKeyFaults(HostSettings settings)
    {
        foreach (var (name, key) in settings.ApiKeys)
        {
            if (string.IsNullOrEmpty(key))
                yield return $"{HostSettings.Section}:ApiKeys:{name} is empty: give the key that {name} sends";
        }
    }

    private static IEnumerable<string> ListenFaults(HostSettings settings)
    {
        if (settings.LeaseSeconds <= 0)
            yield return $"{HostSettings.Section}:LeaseSeconds is above 0, not {settings.LeaseSeconds}";
        if (!Uri.TryCreate(settings.Listen, UriKind.Absolute, out var listen) || listen.Scheme != Uri.UriSchemeHttp)
            yield return $"{HostSettings.Section}:Listen: '{settings.Listen}' is no http://ADDRESS:PORT";
        else if (!settings.HasApiKey && BindingAddress.Parse(settings.Listen).Host is var host && !IsLoopback(host))
            yield return $"{HostSettings.Section}:ApiKey is missing: it is needed to listen on {host}, which is not loopback";
    }

    /// <summary>The host as the web server reads it, which takes any name but localhost, "loopback" included, for every address of the machine.</summary>
    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static string DidYouMean(string name, ICollection<string> known) => known.Count == 0 ? ", and none is configured" : $"; did you mean '{Nearest.To(name, known)}'?";

    private static string? Fault(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Exception e) when (e is ClusterConfigurationException or SelectorFormatException)
        {
            return e.Message;
        }
    }
}
