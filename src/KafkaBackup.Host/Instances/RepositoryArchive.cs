using System.Globalization;
using System.Text;
using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Host.Instances;

/// <summary>
/// Keeps the histories of orchestrations that are cleared away in a repository, one object each. Source of the names and the form: FORMAT.md, "Recorded histories".
/// </summary>
/// <param name="repository">The repository: a named connection, or an address. It is made where there is none.</param>
/// <param name="connections">Reaches it.</param>
/// <param name="time">The clock for the repository's time of creation.</param>
/// <param name="identities">Makes the repository's id.</param>
public sealed class RepositoryArchive(string repository, IConnections connections, TimeProvider time, IIdentitySource identities) : IHistoryArchive
{
    private const string Folder = "histories";
    private const int LongestId = 100;
    private const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

    /// <summary>The object that keeps a history. An id may be used again after it was cleared away, so the time of creation is in the name too.</summary>
    public static string NameOf(RecordedHistory history) => string.Create(
        CultureInfo.InvariantCulture, $"{Folder}/{Encode(history.InstanceId)}/{history.CreatedAt.UtcDateTime:yyyyMMdd'T'HHmmssfffffff'Z'}.json");

    /// <inheritdoc/>
    public async Task<bool> KeepAsync(RecordedHistory history, CancellationToken cancellation)
    {
        var store = (await BackupRepository.OpenOrCreateAsync(connections.Repository(repository), time, identities.New(), cancellation)).Store;
        var name = NameOf(history);
        try
        {
            await store.CreateAsync(name, history.Write(), cancellation);
        }
        catch (ObjectConflictException)
        {
            // Another version of this program, which writes it otherwise, was cut off between keeping and clearing it away.
            var kept = await ReadAsync(store, name, cancellation);
            if ((kept.InstanceId, kept.CreatedAt, kept.LastUpdatedAt, kept.Events.Count) != (history.InstanceId, history.CreatedAt, history.LastUpdatedAt, history.Events.Count))
                throw;
        }

        return true;
    }

    private static async Task<RecordedHistory> ReadAsync(IObjectStore store, string name, CancellationToken cancellation)
    {
        await using var stream = await store.OpenReadAsync(name, cancellationToken: cancellation);
        var json = new MemoryStream();
        await stream.CopyToAsync(json, cancellation);
        return RecordedHistory.Read(json.ToArray());
    }

    /// <summary>As a part of an object's name: what may not stand there, and the underscore itself, as _XX for each byte; a long id by its beginning and its hash.</summary>
    private static string Encode(string id)
    {
        var encoded = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(id))
            encoded.Append(Plain.Contains((char)value) ? ((char)value).ToString() : $"_{value:X2}");
        return encoded.Length <= LongestId
            ? encoded.ToString()
            : $"{encoded.ToString(0, LongestId)}_{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
    }
}
