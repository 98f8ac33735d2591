using System.Collections;
using System.Globalization;
using System.Reflection;
using KafkaBackup.Workflows.Selection;
using Microsoft.Extensions.Configuration;

namespace KafkaBackup.Host.Configuration;

/// <summary>Reads the settings, and reports all that is wrong with them at once.</summary>
public static class SettingsReader
{
    private const string AzureConnectionString = "AZURE_STORAGE_CONNECTION_STRING";

    /// <summary>Reads them.</summary>
    /// <exception cref="HostConfigurationException">A key is unknown, or a value makes no sense.</exception>
    public static HostSettings Read(IConfiguration configuration)
    {
        var faults = new List<string>();
        var readings = new Dictionary<string, string?>();
        Walk(configuration.GetSection(HostSettings.Section), typeof(HostSettings), faults, readings);
        if (faults.Count > 0)
            throw new HostConfigurationException(faults);
        HostSettings settings;
        try
        {
            // Without the option below, an entry of a dictionary that can't be read is left out without a word.
            var whole = new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(readings).Build();
            settings = whole.GetSection(HostSettings.Section).Get<HostSettings>(options => options.ErrorOnUnknownConfiguration = true) ?? new HostSettings();
        }
        catch (InvalidOperationException e)
        {
            throw new HostConfigurationException([e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message]);
        }

        if (settings.Azure is null && configuration[AzureConnectionString] is { Length: > 0 } connectionString)
            settings.Azure = new AzureSettings { ConnectionString = connectionString };
        faults.AddRange(SettingsValidator.Faults(settings));
        return faults.Count == 0 ? settings : throw new HostConfigurationException(faults);
    }

    /// <summary>Finds keys that are not known and values that stand where a section belongs, and reads "a,b" as the list, and a location
    /// as the repository, or the state, that they mean.</summary>
    private static void Walk(IConfigurationSection section, Type type, List<string> faults, Dictionary<string, string?> readings)
    {
        var isValue = type == typeof(string) || type.IsValueType;
        if (isValue && section.GetChildren().Any())
        {
            faults.Add($"{section.Path} takes a single value");
        }
        else if (Nullable.GetUnderlyingType(type) == typeof(long) && section.Value is { Length: > 0 } text)
        {
            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
                faults.Add($"{section.Path} takes a whole number, not '{text}'");
        }
        else if (type.IsEnum)
        {
            if (!string.IsNullOrEmpty(section.Value) && !Enum.GetNames(type).Contains(section.Value, StringComparer.OrdinalIgnoreCase))
                faults.Add($"{section.Path} takes one of {string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))}, not '{section.Value}'");
        }
        else if (type == typeof(string[]))
        {
            foreach (var (name, i) in SelectorList.Split(section.Value ?? "").Select((name, i) => (name, i)))
                readings[$"{section.Path}:{i}"] = name;
        }
        else if ((type == typeof(RepositorySettings) && !string.IsNullOrEmpty(section.Value)) || (type == typeof(StateSettings) && section.Value is not null))
        {
            readings[$"{section.Path}:{nameof(RepositorySettings.Location)}"] = section.Value;
            WalkMembers(section, type, faults, readings);
        }
        else if (!isValue && !string.IsNullOrEmpty(section.Value))
        {
            faults.Add($"{section.Path} is '{section.Value}', where keys are wanted, such as {section.Path}:{Example(type)}");
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
        {
            foreach (var child in section.GetChildren())
                Walk(child, type.GetGenericArguments()[1], faults, readings);
        }
        else if (!isValue && !typeof(IEnumerable).IsAssignableFrom(type))
        {
            WalkMembers(section, type, faults, readings);
        }
    }

    private static void WalkMembers(IConfigurationSection section, Type type, List<string> faults, Dictionary<string, string?> readings)
    {
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (known.TryGetValue(child.Key, out var property))
                Walk(child, property.PropertyType, faults, readings);
            else
                faults.Add($"unknown configuration key '{child.Path}'; did you mean '{section.Path}:{Nearest.To(child.Key, known.Keys)}'?");
        }
    }

    private static string Example(Type type) => type.IsGenericType ? "NAME" : type.GetProperties()[0].Name;
}
