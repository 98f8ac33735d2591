namespace KafkaBackup.Protocol.Primitives;

/// <summary>A structure of the protocol: a message, or an element of an array in one.</summary>
public abstract record WireStruct
{
    /// <summary>Tagged fields that this codec does not know, as they lay on the wire (flexible versions only).</summary>
    public IReadOnlyList<TaggedField> UnknownTags { get; set; } = [];

    /// <summary>Passes every field through <paramref name="wire"/> once, in wire order.</summary>
    /// <exception cref="MalformedMessageException">On reading: the bytes are not such a structure.</exception>
    public abstract void Describe(Wire wire);
}

/// <summary>A tagged field (KIP-482) as it lies on the wire.</summary>
/// <param name="Tag">Its number, from 0.</param>
/// <param name="Data">Its value, undecoded.</param>
public sealed record TaggedField(uint Tag, ReadOnlyMemory<byte> Data);

/// <summary>Bytes from a peer that are not the message they claim to be. The connection they came over can't be used any further.</summary>
public sealed class MalformedMessageException(string message) : Exception(message);
