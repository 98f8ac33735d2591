using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Merging;

namespace KafkaBackup.Workflows.Backup;

/// <summary>Something that one step of a run has left in the repository for the next.</summary>
/// <param name="Object">The object's name.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in lower-case hexadecimal digits.</param>
public sealed record HandedOver(string Object, string Sha256);

/// <summary>
/// Hands from step to step what is too large for a history, in which it would stand several times over: what ten thousand partitions have, or as many groups. It lies in
/// the repository, below <c>runs/&lt;generation&gt;/</c>, under its hash; the history holds the hash. A step that is done again may find something else: that is another object.
/// </summary>
/// <param name="store">The repository.</param>
/// <param name="generation">The run.</param>
internal sealed class Handover(IObjectStore store, string generation)
{
    /// <summary>Up to so many bytes of JSON a history holds it all: most runs need no object.</summary>
    public const int LargestInHistory = 128 * 1024;

    public async Task<EpochCut> KeepAsync(EpochCut cut, CancellationToken cancellation) =>
        await StoreAsync(cut, HandoverJson.Default.EpochCut, cancellation) is { } stored ? new EpochCut(cut.FixedAt, []) { Stored = stored, Slices = Slicing.Of(cut).Count } : cut;

    public async Task<GroupCapture> KeepAsync(GroupCapture groups, CancellationToken cancellation) =>
        await StoreAsync(groups, HandoverJson.Default.GroupCapture, cancellation) is { } stored ? new GroupCapture([]) { Stored = stored } : groups;

    public async Task<BackedUpSlice> KeepAsync(BackedUpSlice slice, CancellationToken cancellation) =>
        await StoreAsync(slice, HandoverJson.Default.BackedUpSlice, cancellation) is { } stored ? new BackedUpSlice([]) { Stored = stored } : slice;

    public async Task<PlannedMerge> KeepAsync(PlannedMerge planned, CancellationToken cancellation) =>
        await StoreAsync(planned, HandoverJson.Default.PlannedMerge, cancellation) is { } stored
            ? planned with { Plan = planned.Plan with { Lineages = [] }, Stored = stored, Slices = MergeSlicing.Of(planned.Plan).Count }
            : planned;

    public async Task<MergedSlice> KeepAsync(MergedSlice slice, CancellationToken cancellation) =>
        await StoreAsync(slice, HandoverJson.Default.MergedSlice, cancellation) is { } stored ? new MergedSlice([]) { Stored = stored } : slice;

    /// <exception cref="ObjectNotFoundException">It is gone.</exception>
    /// <exception cref="DamagedObjectException">It is not what was left.</exception>
    public Task<PlannedMerge> OpenPlanAsync(HandedOver planned, CancellationToken cancellation) => ReadAsync(planned, HandoverJson.Default.PlannedMerge, cancellation);

    /// <summary>What was merged of all slices.</summary>
    /// <exception cref="ObjectNotFoundException">Something is gone.</exception>
    /// <exception cref="DamagedObjectException">Something is not what was left.</exception>
    public async Task<IReadOnlyList<MergedLineage>> OpenAsync(IReadOnlyList<MergedSlice> slices, CancellationToken cancellation)
    {
        var merged = new List<MergedLineage>();
        foreach (var slice in slices)
            merged.AddRange((slice.Stored is { } stored ? await ReadAsync(stored, HandoverJson.Default.MergedSlice, cancellation) : slice).Lineages);
        return merged;
    }

    /// <exception cref="ObjectNotFoundException">It is gone.</exception>
    /// <exception cref="DamagedObjectException">It is not what was left.</exception>
    public Task<EpochCut> OpenCutAsync(HandedOver cut, CancellationToken cancellation) => ReadAsync(cut, HandoverJson.Default.EpochCut, cancellation);

    /// <summary>The same, with all that was left in the repository in its place.</summary>
    /// <exception cref="ObjectNotFoundException">Something is gone.</exception>
    /// <exception cref="DamagedObjectException">Something is not what was left.</exception>
    public async Task<SealRequest> OpenAsync(SealRequest request, CancellationToken cancellation)
    {
        var slices = new List<BackedUpSlice>();
        foreach (var slice in request.Slices)
            slices.Add(slice.Stored is { } stored ? await ReadAsync(stored, HandoverJson.Default.BackedUpSlice, cancellation) : slice);
        return request with
        {
            Cut = request.Cut.Stored is { } cut ? await OpenCutAsync(cut, cancellation) : request.Cut,
            Before = await OpenAsync(request.Before, cancellation),
            After = await OpenAsync(request.After, cancellation),
            Slices = slices,
        };
    }

    private async Task<GroupCapture> OpenAsync(GroupCapture groups, CancellationToken cancellation) =>
        groups.Stored is { } stored ? await ReadAsync(stored, HandoverJson.Default.GroupCapture, cancellation) : groups;

    private async Task<HandedOver?> StoreAsync<T>(T value, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, type);
        if (json.Length <= LargestInHistory)
            return null;
        var hash = Convert.ToHexStringLower(SHA256.HashData(json));
        var name = $"runs/{generation}/{hash}.json";
        await store.CreateAsync(name, json, cancellation);
        return new HandedOver(name, hash);
    }

    private async Task<T> ReadAsync<T>(HandedOver left, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        await using var stream = await store.OpenReadAsync(left.Object, cancellationToken: cancellation);
        using var json = new MemoryStream();
        await stream.CopyToAsync(json, cancellation);
        var bytes = json.GetBuffer().AsSpan(0, (int)json.Length);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == left.Sha256
            ? JsonSerializer.Deserialize(bytes, type)!
            : throw new DamagedObjectException(left.Object, "its checksum does not hold");
    }
}

/// <summary>How what is handed over is written down.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EpochCut))]
[JsonSerializable(typeof(GroupCapture))]
[JsonSerializable(typeof(BackedUpSlice))]
[JsonSerializable(typeof(PlannedMerge))]
[JsonSerializable(typeof(MergedSlice))]
internal sealed partial class HandoverJson : JsonSerializerContext;
