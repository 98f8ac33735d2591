using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for a producer id; for a transactional id, fences its earlier producers. Source: InitProducerId (key 22), versions 0 to 2.</summary>
public sealed record InitProducerIdRequest : Request<InitProducerIdResponse>
{
    public override ApiKey Key => ApiKey.InitProducerId;

    /// <summary>Null for a producer that is idempotent only.</summary>
    public string? TransactionalId { get; set; }

    /// <summary>After how many milliseconds the coordinator aborts an open transaction.</summary>
    public int TransactionTimeoutMs { get; set; }

    public override void Describe(Wire wire)
    {
        TransactionalId = wire.NullableString(TransactionalId);
        TransactionTimeoutMs = wire.Int32(TransactionTimeoutMs);
    }
}

/// <summary>Answers <see cref="InitProducerIdRequest"/>.</summary>
public sealed record InitProducerIdResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public long ProducerId { get; set; } = -1;

    public short ProducerEpoch { get; set; } = -1;

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode);
        ProducerId = wire.Int64(ProducerId);
        ProducerEpoch = wire.Int16(ProducerEpoch);
    }
}
