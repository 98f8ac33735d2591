using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Packs;

/// <summary>What a pack says of itself: its segments, in their order. Source: FORMAT.md, "Packs".</summary>
internal sealed record PackDirectory(string Format, int Version, IReadOnlyList<PackedSegment> Segments)
{
    /// <summary>The directory's bytes.</summary>
    public static byte[] Write(IReadOnlyList<PackedSegment> segments) => Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(
        new PackDirectory(RepositoryNames.PackFormat, RepositoryNames.Version, segments), RepositoryJson.Default.PackDirectory));

    /// <summary>Reads a pack's directory and nothing else of it.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such pack.</exception>
    /// <exception cref="DamagedObjectException">It does not end as a pack does, or its directory is not what was written.</exception>
    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    public static async Task<PackDirectory> ReadAsync(IObjectStore store, string name, CancellationToken cancellationToken)
    {
        var length = await store.GetLengthAsync(name, cancellationToken) ?? throw new ObjectNotFoundException(name);
        var trailer = await ReadAsync(store, name, Math.Max(0, length - PackLayout.TrailerBytes), PackLayout.TrailerBytes, cancellationToken);
        if (PackLayout.ReadTrailer(trailer) is not { } bytes || bytes > length - PackLayout.TrailerBytes)
            throw new DamagedObjectException(name, "it does not end as a pack does");
        var json = await ReadAsync(store, name, length - PackLayout.TrailerBytes - bytes, bytes, cancellationToken);
        FormatHeader.Check(name, json);
        Checksum.Check(name, json);
        try
        {
            return JsonSerializer.Deserialize(json, RepositoryJson.Default.PackDirectory)!;
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }

    private static async Task<byte[]> ReadAsync(IObjectStore store, string name, long offset, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await using var stream = await store.OpenReadAsync(name, offset, length, cancellationToken);
        return bytes[..await stream.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellationToken)];
    }
}

/// <summary>A segment in a pack's directory.</summary>
internal sealed record PackedSegment(string Topic, string Lineage, SegmentReference Segment);
