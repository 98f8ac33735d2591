using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Says which group's offsets a transaction will commit. Source: AddOffsetsToTxn (key 25), versions 0 to 1.</summary>
public sealed record AddOffsetsToTxnRequest : Request<AddOffsetsToTxnResponse>
{
    public override ApiKey Key => ApiKey.AddOffsetsToTxn;

    public string TransactionalId { get; set; } = "";

    public long ProducerId { get; set; }

    public short ProducerEpoch { get; set; }

    public string GroupId { get; set; } = "";

    public override void Describe(Wire wire)
    {
        TransactionalId = wire.String(TransactionalId);
        ProducerId = wire.Int64(ProducerId);
        ProducerEpoch = wire.Int16(ProducerEpoch);
        GroupId = wire.String(GroupId);
    }
}

/// <summary>Answers <see cref="AddOffsetsToTxnRequest"/>.</summary>
public sealed record AddOffsetsToTxnResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode);
    }
}
