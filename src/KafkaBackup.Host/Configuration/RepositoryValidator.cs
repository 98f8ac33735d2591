using KafkaBackup.Host.Repositories;

namespace KafkaBackup.Host.Configuration;

/// <summary>Finds what makes no sense in the settings of repositories. No fault repeats a secret.</summary>
internal static class RepositoryValidator
{
    /// <summary>Every fault, with the key where it is.</summary>
    public static IEnumerable<string> Faults(HostSettings settings) => AzureFaults($"{HostSettings.Section}:Azure", settings.Azure)
        .Concat(settings.Repositories.SelectMany(repository => Faults($"{HostSettings.Section}:Repositories:{repository.Key}", repository.Value)));

    private static IEnumerable<string> Faults(string path, RepositorySettings repository)
    {
        if (string.IsNullOrEmpty(repository.Location))
            yield return $"{path}:Location is missing";
        else if (RepositoryAddress.Fault(repository.Location) is { } fault)
            yield return $"{path}:Location: {fault}";
        else if (repository.Azure is not null && !repository.Location.StartsWith(RepositoryAddress.Azure, StringComparison.Ordinal))
            yield return $"{path}:Azure is for azure: locations, and this one is '{repository.Location}'";
        var secrets = ((string?[])[repository.PassphraseVariable, repository.PassphraseFile, repository.KeyFile]).Count(secret => !string.IsNullOrEmpty(secret));
        if (secrets > 1)
            yield return $"{path}: give one of PassphraseVariable, PassphraseFile and KeyFile";
        if (secrets == 0 && repository.HideTopicNames)
            yield return $"{path}:HideTopicNames is for encrypted repositories: give PassphraseVariable, PassphraseFile or KeyFile too";
        foreach (var azure in AzureFaults($"{path}:Azure", repository.Azure))
            yield return azure;
    }

    private static IEnumerable<string> AzureFaults(string path, AzureSettings? azure)
    {
        if (azure is not null && ((string?[])[azure.ConnectionString, azure.SasUrl, azure.AccountUrl]).Count(way => !string.IsNullOrEmpty(way)) != 1)
            yield return $"{path}: give one of ConnectionString, SasUrl and AccountUrl";
    }
}
