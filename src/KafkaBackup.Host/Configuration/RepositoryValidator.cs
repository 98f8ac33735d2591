using KafkaBackup.Host.Repositories;

namespace KafkaBackup.Host.Configuration;

/// <summary>Finds what makes no sense in the settings of repositories. No fault repeats a secret.</summary>
internal static class RepositoryValidator
{
    /// <summary>Every fault, with the key where it is.</summary>
    public static IEnumerable<string> Faults(HostSettings settings) => AzureFaults($"{HostSettings.Section}:Azure", settings.Azure)
        .Concat(S3Faults($"{HostSettings.Section}:S3", settings.S3))
        .Concat(settings.Repositories.SelectMany(repository => Faults($"{HostSettings.Section}:Repositories:{repository.Key}", repository.Value)));

    private static IEnumerable<string> Faults(string path, RepositorySettings repository)
    {
        if (string.IsNullOrEmpty(repository.Location))
            yield return $"{path}:Location is missing";
        else if (RepositoryAddress.Fault(repository.Location) is { } fault)
            yield return $"{path}:Location: {fault}";
        else if (repository.S3 is not null && !repository.Location.StartsWith(RepositoryAddress.S3, StringComparison.Ordinal))
            yield return $"{path}:S3 is for s3: locations, and this one is '{repository.Location}'";
        else if (repository.Azure is not null && !repository.Location.StartsWith(RepositoryAddress.Azure, StringComparison.Ordinal))
            yield return $"{path}:Azure is for azure: locations, and this one is '{repository.Location}'";
        if (repository.RateLimit <= 0)
            yield return $"{path}:RateLimit is above 0, not {repository.RateLimit}";
        var secrets = ((string?[])[repository.PassphraseVariable, repository.PassphraseFile, repository.KeyFile]).Count(secret => !string.IsNullOrEmpty(secret));
        if (secrets > 1)
            yield return $"{path}: give one of PassphraseVariable, PassphraseFile and KeyFile";
        if (secrets == 0 && repository.HideTopicNames)
            yield return $"{path}:HideTopicNames is for encrypted repositories: give PassphraseVariable, PassphraseFile or KeyFile too";
        foreach (var azure in AzureFaults($"{path}:Azure", repository.Azure))
            yield return azure;
        foreach (var s3 in S3Faults($"{path}:S3", repository.S3))
            yield return s3;
    }

    private static IEnumerable<string> S3Faults(string path, S3Settings? s3)
    {
        if (s3 is not null && string.IsNullOrEmpty(s3.AccessKeyId) != string.IsNullOrEmpty(s3.SecretAccessKey))
            yield return $"{path}: give AccessKeyId and SecretAccessKey, or neither for AWS's own chain of credentials";
        if (s3 is not null && string.IsNullOrEmpty(s3.AccessKeyId) && !string.IsNullOrEmpty(s3.SessionToken))
            yield return $"{path}:SessionToken is of a key: give AccessKeyId and SecretAccessKey too";
    }

    private static IEnumerable<string> AzureFaults(string path, AzureSettings? azure)
    {
        if (azure is not null && ((string?[])[azure.ConnectionString, azure.SasUrl, azure.AccountUrl]).Count(way => !string.IsNullOrEmpty(way)) != 1)
            yield return $"{path}: give one of ConnectionString, SasUrl and AccountUrl";
    }
}
