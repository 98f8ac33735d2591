namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>For every key of the part of a log that is cleaned anew, where its latest record lies.</summary>
internal sealed class LatestOffsets
{
    private readonly Dictionary<byte[], long> _offsets = new(ByteArrayComparer.Instance);

    /// <summary>Takes note of a record. Offsets ascend.</summary>
    public void Add(ReadOnlySpan<byte> key, long offset) => _offsets.GetAlternateLookup<ReadOnlySpan<byte>>()[key] = offset;

    /// <summary>Whether a record with this key lies below another one with the same key.</summary>
    public bool Supersedes(ReadOnlySpan<byte> key, long offset) =>
        _offsets.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var latest) && offset < latest;

    private sealed class ByteArrayComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static ByteArrayComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
