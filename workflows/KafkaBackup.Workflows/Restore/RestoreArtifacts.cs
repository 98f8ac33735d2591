using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Workflows.Restore;

/// <summary>An offset map as it is kept: each run is [source, target, count].</summary>
/// <param name="Source">The topic's name in the backup.</param>
/// <param name="Target">Its name at the target.</param>
/// <param name="Partition">The partition.</param>
/// <param name="TargetStart">The offset of the first restored record.</param>
/// <param name="TargetEnd">The offset after the last one.</param>
/// <param name="Runs">The runs, ascending.</param>
public sealed record StoredOffsetMap(string Source, string Target, int Partition, long TargetStart, long TargetEnd, IReadOnlyList<long[]> Runs)
{
    /// <summary>The runs as they are used.</summary>
    [JsonIgnore]
    public IReadOnlyList<OffsetRun> Map => [.. Runs.Select(r => new OffsetRun(r[0], r[1], r[2]))];
}

/// <summary>What a restore keeps in the repository, below <c>restores/&lt;id&gt;/</c>: each written once.</summary>
internal sealed class RestoreArtifacts(IObjectStore store, string restoreId)
{
    public static string MapName(string restoreId, string target, int partition) => $"restores/{restoreId}/maps/{target}-{partition}.json";

    /// <summary>The identity under which a target partition is written, if an attempt has recorded one: the n-th, for one may be forgotten.</summary>
    public Task<ProducerIdentity?> FindIdentityAsync(string target, int partition, int n, CancellationToken cancellation) =>
        ReadAsync(IdentityName(target, partition, n), RestoreJson.Default.ProducerIdentity, cancellation);

    /// <summary>Records an identity; if another attempt was first, its identity is the one that counts.</summary>
    public async Task<ProducerIdentity> RecordIdentityAsync(string target, int partition, int n, ProducerIdentity identity, CancellationToken cancellation)
    {
        try
        {
            await store.CreateAsync(IdentityName(target, partition, n), Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(identity, RestoreJson.Default.ProducerIdentity)), cancellation);
            return identity;
        }
        catch (ObjectConflictException)
        {
            return await FindIdentityAsync(target, partition, n, cancellation) ?? throw new InvalidOperationException($"{IdentityName(target, partition, n)} is there and is not");
        }
    }

    public async Task<string> WriteMapAsync(StoredOffsetMap map, CancellationToken cancellation)
    {
        var name = MapName(restoreId, map.Target, map.Partition);
        await store.CreateAsync(name, Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(map, RestoreJson.Default.StoredOffsetMap)), cancellation);
        return name;
    }

    public async Task<StoredOffsetMap> ReadMapAsync(string target, int partition, CancellationToken cancellation) =>
        await ReadAsync(MapName(restoreId, target, partition), RestoreJson.Default.StoredOffsetMap, cancellation)
        ?? throw new ObjectNotFoundException(MapName(restoreId, target, partition));

    public Task WriteReportAsync(RestoreReport report, CancellationToken cancellation) =>
        store.CreateAsync($"restores/{restoreId}/report.json", Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(report, RestoreJson.Default.RestoreReport)), cancellation);

    private string IdentityName(string target, int partition, int n) => $"restores/{restoreId}/producers/{target}-{partition}.{n}.json";

    private async Task<T?> ReadAsync<T>(string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        try
        {
            await using var stream = await store.OpenReadAsync(name, cancellationToken: cancellation);
            using var json = new MemoryStream();
            await stream.CopyToAsync(json, cancellation);
            // A wrong offset out of a damaged map would be committed as a right one.
            Checksum.Check(name, json.ToArray());
            return JsonSerializer.Deserialize(json.ToArray(), type);
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }
    }
}

/// <summary>How restores are written down.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProducerIdentity))]
[JsonSerializable(typeof(StoredOffsetMap))]
[JsonSerializable(typeof(RestoreReport))]
internal sealed partial class RestoreJson : JsonSerializerContext;
