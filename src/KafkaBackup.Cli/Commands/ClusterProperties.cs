using KafkaBackup.Host.Configuration;

namespace KafkaBackup.Cli.Commands;

/// <summary>Puts a cluster's properties together: a named connection's or the address itself, then the file's, then the command line's.</summary>
internal static class ClusterProperties
{
    /// <summary>Makes the cluster known to the settings under the name that the orchestration will use; secrets stay in memory.</summary>
    public static void AddTo(HostSettings settings, string cluster, FileInfo? file, string[] properties)
    {
        var known = settings.Clusters.GetValueOrDefault(cluster, new Dictionary<string, string> { ["bootstrap.servers"] = cluster });
        var all = new Dictionary<string, string>(known);
        if (file is { Exists: false })
            throw new HostConfigurationException([$"there is no properties file {file.FullName}"]);
        foreach (var line in file is null ? [] : File.ReadLines(file.FullName).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] is not ('#' or '!')))
            Add(all, line, file!.Name);
        foreach (var property in properties)
            Add(all, property, "--kafka");
        if (all.Count > 1 || settings.Clusters.ContainsKey(cluster))
            settings.Clusters[cluster] = all;
    }

    private static void Add(Dictionary<string, string> all, string line, string where)
    {
        var at = line.IndexOf('=');
        if (at <= 0)
            throw new HostConfigurationException([$"{where}: '{line.Split(':', ' ', '\t')[0]}' is no KEY=VALUE"]); // what follows a name may be a secret
        all[line[..at].Trim()] = line[(at + 1)..].Trim();
    }
}
