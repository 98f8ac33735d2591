namespace KafkaBackup.Protocol.Primitives;

/// <summary>
/// One pass over a message, in either direction. A message says once, in wire order, which fields it has and in which versions; on a
/// <see cref="WireReader"/> every call returns what the bytes hold, on a <see cref="WireWriter"/> it writes its argument and returns it.
/// So the two directions can't drift apart:
/// <code>Name = wire.String(Name); RackId = wire.String(RackId, since: 11);</code>
/// </summary>
/// <remarks>
/// Source: the primitive types of the Kafka protocol guide. A field outside [since, until] is neither read nor written and keeps its
/// value. In flexible versions (KIP-482) strings, bytes and arrays take their compact form and every structure ends in tagged fields.
/// </remarks>
public abstract class Wire(short version, bool flexible)
{
    /// <summary>The version of the message under way.</summary>
    public short Version { get; } = version;

    /// <summary>Whether this version is a flexible one: compact lengths, tagged fields.</summary>
    public bool Flexible { get; } = flexible;

    public bool Bool(bool value, int since = 0, int until = int.MaxValue) => Has(since, until) ? Int8((sbyte)(value ? 1 : 0)) != 0 : value;

    public sbyte Int8(sbyte value, int since = 0, int until = int.MaxValue) => Has(since, until) ? Int8(value) : value;

    public short Int16(short value, int since = 0, int until = int.MaxValue) => Has(since, until) ? Int16(value) : value;

    public int Int32(int value, int since = 0, int until = int.MaxValue) => Has(since, until) ? Int32(value) : value;

    public long Int64(long value, int since = 0, int until = int.MaxValue) => Has(since, until) ? Int64(value) : value;

    /// <summary>A floating-point number of 64 bits, IEEE 754, big-endian.</summary>
    public double Float64(double value, int since = 0, int until = int.MaxValue) =>
        Has(since, until) ? BitConverter.Int64BitsToDouble(Int64(BitConverter.DoubleToInt64Bits(value))) : value;

    /// <summary>An error code, an int16 on the wire.</summary>
    public ErrorCode Error(ErrorCode value, int since = 0, int until = int.MaxValue) =>
        Has(since, until) ? (ErrorCode)Int16((short)value) : value;

    public Guid Uuid(Guid value, int since = 0, int until = int.MaxValue) => Has(since, until) ? Uuid(value) : value;

    /// <summary>A string that is never null; a null on the wire is a <see cref="MalformedMessageException"/>.</summary>
    public string String(string value, int since = 0, int until = int.MaxValue) =>
        Has(since, until) ? Text(value) ?? throw new MalformedMessageException("a string that may not be null is null") : value;

    public string? NullableString(string? value, int since = 0, int until = int.MaxValue) => Has(since, until) ? Text(value) : value;

    /// <summary>A string in its old form (int16 length) whatever the version: the client id in a request header.</summary>
    public abstract string? ClassicString(string? value);

    /// <summary>Bytes that are never null. What a reader returns is a slice of the frame, not a copy.</summary>
    public ReadOnlyMemory<byte> Bytes(ReadOnlyMemory<byte> value, int since = 0, int until = int.MaxValue) =>
        Has(since, until) ? Blob(value) ?? throw new MalformedMessageException("bytes that may not be null are null") : value;

    /// <summary>Bytes or records that may be null. What a reader returns is a slice of the frame, not a copy.</summary>
    public ReadOnlyMemory<byte>? NullableBytes(ReadOnlyMemory<byte>? value, int since = 0, int until = int.MaxValue) =>
        Has(since, until) ? Blob(value) : value;

    public IReadOnlyList<T> Array<T>(IReadOnlyList<T> value, int since = 0, int until = int.MaxValue)
        where T : WireStruct, new() =>
        Has(since, until) ? Elements(value, Struct) ?? throw new MalformedMessageException("an array that may not be null is null") : value;

    public IReadOnlyList<T>? NullableArray<T>(IReadOnlyList<T>? value, int since = 0, int until = int.MaxValue)
        where T : WireStruct, new() => Has(since, until) ? Elements(value, Struct) : value;

    public IReadOnlyList<int> Int32Array(IReadOnlyList<int> value, int since = 0, int until = int.MaxValue) =>
        Has(since, until) ? Elements(value, Int32) ?? throw new MalformedMessageException("an array that may not be null is null") : value;

    public IReadOnlyList<int>? NullableInt32Array(IReadOnlyList<int>? value, int since = 0, int until = int.MaxValue) =>
        Has(since, until) ? Elements(value, Int32) : value;

    public IReadOnlyList<string> StringArray(IReadOnlyList<string> value, int since = 0, int until = int.MaxValue) =>
        NullableStringArray(value, since, until) ?? throw new MalformedMessageException("an array that may not be null is null");

    public IReadOnlyList<string>? NullableStringArray(IReadOnlyList<string>? value, int since = 0, int until = int.MaxValue) =>
        Has(since, until)
            ? Elements(value, s => Text(s) ?? throw new MalformedMessageException("a string that may not be null is null"))
            : value;

    /// <summary>A whole structure: its fields, then, in flexible versions, its tagged fields.</summary>
    public T Struct<T>(T? value)
        where T : WireStruct, new()
    {
        value ??= new T();
        Fields(value);
        return value;
    }

    internal void Fields(WireStruct value)
    {
        value.Describe(this);
        if (Flexible)
            value.UnknownTags = Tags(value.UnknownTags);
    }

    /// <summary>Tagged fields kept as they lie, so that a message of a newer peer is passed on whole.</summary>
    internal abstract IReadOnlyList<TaggedField> Tags(IReadOnlyList<TaggedField> value);

    protected abstract sbyte Int8(sbyte value);

    protected abstract short Int16(short value);

    protected abstract int Int32(int value);

    protected abstract long Int64(long value);

    protected abstract Guid Uuid(Guid value);

    protected abstract string? Text(string? value);

    protected abstract ReadOnlyMemory<byte>? Blob(ReadOnlyMemory<byte>? value);

    protected abstract IReadOnlyList<T>? Elements<T>(IReadOnlyList<T>? value, Func<T?, T> element);

    private bool Has(int since, int until) => Version >= since && Version <= until;
}
