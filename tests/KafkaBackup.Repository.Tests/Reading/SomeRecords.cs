using System.Text;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Repository.Tests.Reading;

/// <summary>Batches whose records can be read.</summary>
internal static class SomeRecords
{
    /// <summary>Records of one time, whose keys are their offsets.</summary>
    public static byte[] Batch(long baseOffset, int count, long timestamp, int valueBytes = 10)
    {
        using var builder = new RecordBatchBuilder();
        for (var i = 0; i < count; i++)
            builder.Add(timestamp, Encoding.UTF8.GetBytes($"{baseOffset + i}"), new byte[valueBytes], []);
        return builder.Build(new BatchHeader(baseOffset, 0, 0, 0, BatchAttributes.None, 0, timestamp, timestamp, -1, -1, -1, 0)).ToArray();
    }
}
