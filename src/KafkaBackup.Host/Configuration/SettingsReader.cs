using System.Collections;
using System.Reflection;
using KafkaBackup.Host.Plans;
using Microsoft.Extensions.Configuration;

namespace KafkaBackup.Host.Configuration;

/// <summary>Reads the settings, and reports all that is wrong with them at once.</summary>
public static class SettingsReader
{
    /// <summary>Reads them.</summary>
    /// <exception cref="HostConfigurationException">A key is unknown, or a value makes no sense.</exception>
    public static HostSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(HostSettings.Section);
        var faults = new List<string>();
        FindUnknown(section, typeof(HostSettings), faults);
        if (faults.Count > 0)
            throw new HostConfigurationException(faults);
        HostSettings settings;
        try
        {
            settings = section.Get<HostSettings>() ?? new HostSettings();
        }
        catch (InvalidOperationException e)
        {
            throw new HostConfigurationException([e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message]);
        }

        Validate(settings, faults);
        return faults.Count == 0 ? settings : throw new HostConfigurationException(faults);
    }

    private static void FindUnknown(IConfigurationSection section, Type type, List<string> faults)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
        {
            foreach (var child in section.GetChildren())
                FindUnknown(child, type.GetGenericArguments()[1], faults);
            return;
        }

        if (type == typeof(string) || type.IsValueType || typeof(IEnumerable).IsAssignableFrom(type))
            return;
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (known.TryGetValue(child.Key, out var property))
                FindUnknown(child, property.PropertyType, faults);
            else
                faults.Add($"unknown configuration key '{child.Path}'; did you mean '{section.Path}:{Nearest.To(child.Key, known.Keys)}'?");
        }
    }

    private static void Validate(HostSettings settings, List<string> faults)
    {
        foreach (var (name, cluster) in settings.Clusters)
        {
            if (!cluster.ContainsKey("bootstrap.servers"))
                faults.Add($"{HostSettings.Section}:Clusters:{name}: bootstrap.servers is missing");
        }

        foreach (var (name, plan) in settings.Plans)
        {
            var path = $"{HostSettings.Section}:Plans:{name}";
            if (string.IsNullOrEmpty(plan.Cluster))
                faults.Add($"{path}:Cluster is missing");
            if (string.IsNullOrEmpty(plan.Repository))
                faults.Add($"{path}:Repository is missing");
            if (PlanSchedule.Fault(plan.Schedule) is { } fault)
                faults.Add($"{path}:Schedule {fault}");
        }

        if (!Uri.TryCreate(settings.Listen, UriKind.Absolute, out var listen) || listen.Scheme != Uri.UriSchemeHttp)
            faults.Add($"{HostSettings.Section}:Listen: '{settings.Listen}' is no http://ADDRESS:PORT");
        else if (!listen.IsLoopback && string.IsNullOrEmpty(settings.ApiKey))
            faults.Add($"{HostSettings.Section}:ApiKey is missing: it is needed to listen on {listen.Host}, which is not loopback");
    }
}
