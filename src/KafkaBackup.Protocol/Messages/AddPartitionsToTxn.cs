using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Says which partitions a transaction will write to. Source: AddPartitionsToTxn (key 24), versions 0 to 1.</summary>
public sealed record AddPartitionsToTxnRequest : Request<AddPartitionsToTxnResponse>
{
    public override ApiKey Key => ApiKey.AddPartitionsToTxn;

    public string TransactionalId { get; set; } = "";

    public long ProducerId { get; set; }

    public short ProducerEpoch { get; set; }

    public IReadOnlyList<TxnTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        TransactionalId = wire.String(TransactionalId);
        ProducerId = wire.Int64(ProducerId);
        ProducerEpoch = wire.Int16(ProducerEpoch);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic that a transaction will write to.</summary>
public sealed record TxnTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<int> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Int32Array(Partitions);
    }
}

/// <summary>Answers <see cref="AddPartitionsToTxnRequest"/>.</summary>
public sealed record AddPartitionsToTxnResponse : Response
{
    public IReadOnlyList<AddedTxnTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of the answer.</summary>
public sealed record AddedTxnTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<AddedTxnPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>Whether a partition is in the transaction.</summary>
public sealed record AddedTxnPartition : WireStruct
{
    public int Partition { get; set; }

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        ErrorCode = wire.Error(ErrorCode);
    }
}
