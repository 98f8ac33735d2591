using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>kafka-python, a client that shares no code with the others.</summary>
public sealed class PythonTests
{
    private const string Script = """
        import sys
        from kafka import KafkaProducer, KafkaConsumer, TopicPartition
        from kafka.admin import KafkaAdminClient, NewTopic
        server = sys.argv[1]
        admin = KafkaAdminClient(bootstrap_servers=server)
        admin.create_topics([NewTopic('py', 2, 1)])
        producer = KafkaProducer(bootstrap_servers=server, compression_type='gzip', acks='all')
        for i in range(500):
            producer.send('py', key=b'k%d' % i, value=b'v%d' % i, headers=[('h', b'%d' % i)], partition=i % 2)
        producer.flush()
        def consume(limit):
            consumer = KafkaConsumer('py', bootstrap_servers=server, group_id='pygroup', auto_offset_reset='earliest',
                enable_auto_commit=False, consumer_timeout_ms=8000, max_poll_records=50, session_timeout_ms=6000)
            seen = []
            while len(seen) < limit:
                for records in consumer.poll(timeout_ms=8000).values():
                    seen += [(r.partition, r.offset, r.key, r.value, r.headers) for r in records]
            consumer.commit()
            consumer.close()
            return seen
        first = consume(200)
        second = consume(500 - len(first))
        assert len(set(str(s) for s in first + second)) == 500, (len(first), len(second))
        for partition, offset, key, value, headers in first + second:
            i = offset * 2 + partition
            assert (key, value, headers) == (b'k%d' % i, b'v%d' % i, [('h', b'%d' % i)])
        offsets = admin.list_consumer_group_offsets('pygroup')
        assert sorted(o.offset for o in offsets.values()) == [250, 250], offsets
        print('read', len(first) + len(second))
        """;

    [Fact]
    public async Task It_creates_produces_and_consumes_in_a_group_that_continues()
    {
        await using var broker = TestBroker.Start();
        Assert.Equal("read 500\n", await Tool.RunAsync("/usr/bin/python3", ["-c", Script, broker.Bootstrap]));
    }

    [Fact]
    public async Task It_administrates_topics_configurations_groups_and_offsets_and_reads_from_where_it_is_told()
    {
        await using var broker = TestBroker.Start();
        var script = ProjectTree.PathOf("tests", "KafkaBackup.Broker.Tests", "Clients", "KafkaPython", "admin.py");
        Assert.Equal("administrated\n", await Tool.RunAsync("/usr/bin/python3", [script, broker.Bootstrap]));
        Assert.Empty(broker.Log.Warnings);
    }
}
