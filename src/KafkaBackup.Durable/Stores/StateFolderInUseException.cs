namespace KafkaBackup.Durable.Stores;

/// <summary>Another process works with the state folder. Two at once would spoil each other's work, so the second one stops here.</summary>
public sealed class StateFolderInUseException(string folder, string? owner)
    : IOException($"The state folder '{folder}' is in use{(owner is null ? "" : $" by {owner}")}. Stop that process, or use another state folder.")
{
    public string Folder { get; } = folder;
}
