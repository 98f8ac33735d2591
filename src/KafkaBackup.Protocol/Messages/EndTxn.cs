using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Commits or aborts a transaction. Source: EndTxn (key 26), versions 0 to 1.</summary>
public sealed record EndTxnRequest : Request<EndTxnResponse>
{
    public override ApiKey Key => ApiKey.EndTxn;

    public string TransactionalId { get; set; } = "";

    public long ProducerId { get; set; }

    public short ProducerEpoch { get; set; }

    /// <summary>False: abort.</summary>
    public bool Committed { get; set; }

    public override void Describe(Wire wire)
    {
        TransactionalId = wire.String(TransactionalId);
        ProducerId = wire.Int64(ProducerId);
        ProducerEpoch = wire.Int16(ProducerEpoch);
        Committed = wire.Bool(Committed);
    }
}

/// <summary>Answers <see cref="EndTxnRequest"/>.</summary>
public sealed record EndTxnResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode);
    }
}
