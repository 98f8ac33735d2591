namespace KafkaBackup.Protocol.Records;

/// <summary>Whose clock a batch's timestamps are. Source: bit 3 of the record batch's attributes.</summary>
public enum TimestampType
{
    /// <summary>The producer's: each record has its own.</summary>
    CreateTime = 0,

    /// <summary>The broker's: every record has the batch's maximum timestamp, whatever delta lies in it.</summary>
    LogAppendTime = 1,
}
