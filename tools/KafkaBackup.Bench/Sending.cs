using Confluent.Kafka;

namespace KafkaBackup.Bench;

/// <summary>Hands a record to a producer, and waits where its queue is full.</summary>
internal static class Sending
{
    public static void Add(IProducer<Null, byte[]> producer, TopicPartition partition, byte[] value)
    {
        while (true)
        {
            try
            {
                producer.Produce(partition, new Message<Null, byte[]> { Value = value });
                return;
            }
            catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(5));
            }
        }
    }
}
