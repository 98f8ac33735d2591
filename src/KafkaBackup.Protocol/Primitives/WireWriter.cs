using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KafkaBackup.Protocol.Primitives;

/// <summary>Writes a message into a pooled buffer, which <see cref="Dispose"/> gives back.</summary>
public sealed class WireWriter(short version = 0, bool flexible = false) : Wire(version, flexible), IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(512);
    private int _length;

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Writes an int32 over bytes already written, such as a length known only at the end.</summary>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(position, 4), value);

    /// <summary>Appends bytes as they are, without a length.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    protected override sbyte Int8(sbyte value)
    {
        Grow(1)[0] = (byte)value;
        return value;
    }

    protected override short Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(Grow(2), value);
        return value;
    }

    protected override int Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Grow(4), value);
        return value;
    }

    protected override long Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Grow(8), value);
        return value;
    }

    protected override Guid Uuid(Guid value)
    {
        value.TryWriteBytes(Grow(16), bigEndian: true, out _);
        return value;
    }

    public override string? ClassicString(string? value) => Utf8(value, compact: false);

    protected override string? Text(string? value) => Utf8(value, Flexible);

    protected override ReadOnlyMemory<byte>? Blob(ReadOnlyMemory<byte>? value)
    {
        Length(value?.Length ?? -1);
        if (value is { } bytes)
            Raw(bytes.Span);
        return value;
    }

    protected override IReadOnlyList<T>? Elements<T>(IReadOnlyList<T>? value, Func<T?, T> element)
        where T : default
    {
        Length(value?.Count ?? -1);
        for (var i = 0; i < value?.Count; i++)
            element(value[i]);
        return value;
    }

    internal override IReadOnlyList<TaggedField> Tags(IReadOnlyList<TaggedField> value)
    {
        UnsignedVarint((uint)value.Count);
        foreach (var field in value)
        {
            UnsignedVarint(field.Tag);
            UnsignedVarint((uint)field.Data.Length);
            Raw(field.Data.Span);
        }

        return value;
    }

    private string? Utf8(string? value, bool compact)
    {
        var length = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        if (compact)
            UnsignedVarint((uint)(length + 1));
        else if (length <= short.MaxValue)
            Int16((short)length);
        else
            throw new ArgumentException($"a string of {length} bytes is longer than the protocol's {short.MaxValue}", nameof(value));
        if (length > 0)
            Encoding.UTF8.GetBytes(value!, Grow(length));
        return value;
    }

    private void Length(int length)
    {
        if (Flexible)
            UnsignedVarint((uint)(length + 1));
        else
            Int32(length);
    }

    private void UnsignedVarint(uint value)
    {
        Span<byte> bytes = stackalloc byte[Varint.MaxLength32];
        Raw(bytes[..Varint.WriteUnsigned(bytes, value)]);
    }

    private Span<byte> Grow(int bytes)
    {
        if (_length + bytes > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + bytes), (int)Math.Min(System.Array.MaxLength, _buffer.Length * 2L)));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _length += bytes;
        return _buffer.AsSpan(_length - bytes, bytes);
    }
}
