using KafkaBackup.Host.Configuration;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Host.Repositories;

/// <summary>Puts encryption over a repository's store, where a secret is known for it.</summary>
internal static class RepositoryProtection
{
    /// <param name="store">The store.</param>
    /// <param name="settings">The repository's settings; null if it has none.</param>
    /// <param name="given">The secret that this process was given; it comes before that of the settings, unless it is to be asked for.</param>
    /// <param name="time">The clock.</param>
    public static IObjectStore Protect(IObjectStore store, RepositorySettings? settings, ISecretSource? given, TimeProvider time)
    {
        var source = given is { IsOnDemand: false } ? given : SourceOf(settings) ?? given;
        return source is null ? store : new ProtectedObjectStore(store, source, settings?.HideTopicNames == true ? NameVisibility.Hidden : NameVisibility.Plain, time);
    }

    private static ISecretSource? SourceOf(RepositorySettings? settings) => settings switch
    {
        { PassphraseVariable: { } name } => new PassphraseVariable(name),
        { PassphraseFile: { } path } => new PassphraseFile(path),
        { KeyFile: { } path } => new KeyFile(path),
        _ => null,
    };
}
