using System.Buffers.Binary;
using System.Text;

namespace KafkaBackup.Protocol.Primitives;

/// <summary>
/// Reads a message from a frame. No length found in the frame is trusted: nothing is allocated that the rest of the frame could not hold.
/// </summary>
/// <exception cref="MalformedMessageException">From every member: the frame ends early, or a length makes no sense.</exception>
public sealed class WireReader(ReadOnlyMemory<byte> frame, short version = 0, bool flexible = false) : Wire(version, flexible)
{
    // A count that the frame claims is not allocated at once: an element in memory is larger than on the wire.
    private const int MaxInitialCapacity = 1024;

    private int _position;

    /// <summary>Bytes not read yet.</summary>
    public int Remaining => frame.Length - _position;

    /// <summary>Bytes read.</summary>
    public int Position => _position;

    protected override sbyte Int8(sbyte value) => (sbyte)Take(1)[0];

    protected override short Int16(short value) => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    protected override int Int32(int value) => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    protected override long Int64(long value) => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    protected override Guid Uuid(Guid value) => new(Take(16), bigEndian: true);

    public override string? ClassicString(string? value) => Utf8(Int16(default));

    protected override string? Text(string? value) => Utf8(Flexible ? CompactLength() : Int16(default));

    protected override ReadOnlyMemory<byte>? Blob(ReadOnlyMemory<byte>? value)
    {
        var length = Flexible ? CompactLength() : Int32(default);
        if (length < 0)
            return null;
        Take(length);
        return frame.Slice(_position - length, length);
    }

    protected override IReadOnlyList<T>? Elements<T>(IReadOnlyList<T>? value, Func<T?, T> element)
        where T : default
    {
        var count = Flexible ? CompactLength() : Int32(default);
        if (count < 0)
            return null;
        if (count > Remaining)
            throw new MalformedMessageException($"an array claims {count} elements where {Remaining} bytes are left");
        var list = new List<T>(Math.Min(count, MaxInitialCapacity));
        for (var i = 0; i < count; i++)
            list.Add(element(default));
        return list;
    }

    internal override IReadOnlyList<TaggedField> Tags(IReadOnlyList<TaggedField> value)
    {
        var count = UnsignedVarint();
        if (count == 0)
            return [];
        if (count > Remaining)
            throw new MalformedMessageException($"{count} tagged fields are claimed where {Remaining} bytes are left");
        var tags = new List<TaggedField>();
        for (var i = 0; i < count; i++)
        {
            var tag = UnsignedVarint();
            var length = checked((int)Math.Min(UnsignedVarint(), int.MaxValue));
            Take(length);
            tags.Add(new TaggedField(tag, frame.Slice(_position - length, length)));
        }

        return tags;
    }

    private string? Utf8(int length) => length < 0 ? null : Encoding.UTF8.GetString(Take(length));

    private int CompactLength() => (int)Math.Min(UnsignedVarint(), int.MaxValue) - 1;

    private uint UnsignedVarint()
    {
        var (value, length) = Varint.ReadUnsigned(frame.Span[_position..]);
        if (length == 0)
            throw new MalformedMessageException($"no varint at byte {_position}");
        _position += length;
        return value;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > Remaining)
            throw new MalformedMessageException($"{length} bytes are claimed at byte {_position} where {Remaining} are left");
        _position += length;
        return frame.Span.Slice(_position - length, length);
    }
}
