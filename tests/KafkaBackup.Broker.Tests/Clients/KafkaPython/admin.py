"""Topics, partitions, configurations, groups and offsets by kafka-python's admin client and its assigned consumer."""
import sys
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.errors import GroupIdNotFoundError, InvalidPartitionsError, InvalidReplicationFactorError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

server = sys.argv[1]
admin = KafkaAdminClient(bootstrap_servers=server)


def refused(kind, action):
    try:
        answer = action()
    except kind:
        return
    # Some answers come as they are, with their codes.
    assert any(kind.errno in part for part in answer), answer


admin.create_topics([NewTopic('py', 2, 1, topic_configs={'retention.ms': '3600000'}), NewTopic('gone', 1, 1)])
refused(TopicAlreadyExistsError, lambda: admin.create_topics([NewTopic('py', 1, 1)]))
refused(InvalidReplicationFactorError, lambda: admin.create_topics([NewTopic('wide', 1, 5)]))
admin.create_partitions({'py': NewPartitions(3)})
refused(InvalidPartitionsError, lambda: admin.create_partitions({'py': NewPartitions(1)}))
admin.delete_topics(['gone'])
refused(UnknownTopicOrPartitionError, lambda: admin.delete_topics(['gone']))
assert admin.list_topics() == ['py'], admin.list_topics()
described = admin.describe_topics(['py'])[0]
assert [p['partition'] for p in described['partitions']] == [0, 1, 2], described
assert len(admin.describe_cluster()['brokers']) == 1


def configs():
    answers = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, 'py')])
    return {entry[0]: entry[1] for entry in answers[0].resources[0][4]}


assert configs()['retention.ms'] == '3600000'
admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, 'py', configs={'max.message.bytes': '2000'})])
assert (configs()['max.message.bytes'], configs()['retention.ms']) == ('2000', '604800000'), configs()

producer = KafkaProducer(bootstrap_servers=server, acks=1, linger_ms=0)
begin = 1_900_000_000_000
for i in range(10):
    producer.send('py', value=b'v%d' % i, partition=0, timestamp_ms=begin + i * 1000).get(10)
unset = producer.send('py', value=None, key=b'tombstone', partition=1).get(10)
assert (unset.partition, unset.offset) == (1, 0), unset
producer.close()

partition = TopicPartition('py', 0)
consumer = KafkaConsumer(bootstrap_servers=server, group_id='pyadmin', enable_auto_commit=False)
assert consumer.beginning_offsets([partition]) == {partition: 0}
assert consumer.end_offsets([partition]) == {partition: 10}
assert consumer.offsets_for_times({partition: begin + 4500})[partition].offset == 5
assert consumer.offsets_for_times({partition: begin + 9500})[partition] is None
consumer.assign([partition])
consumer.seek(partition, 7)
read = []
while len(read) < 3:
    read += consumer.poll(timeout_ms=5000).get(partition, [])
assert [(r.offset, r.value, r.timestamp) for r in read] == [(i, b'v%d' % i, begin + i * 1000) for i in (7, 8, 9)], read
consumer.commit({partition: OffsetAndMetadata(8, 'said so')})
assert consumer.committed(partition, metadata=True) == OffsetAndMetadata(8, 'said so')
consumer.close()

assert admin.list_consumer_groups() == [('pyadmin', 'consumer')] or admin.list_consumer_groups() == [('pyadmin', '')], admin.list_consumer_groups()
assert admin.list_consumer_group_offsets('pyadmin') == {partition: OffsetAndMetadata(8, 'said so')}
group = admin.describe_consumer_groups(['pyadmin'])[0]
assert (group.group, group.state, group.members) == ('pyadmin', 'Empty', []), group
assert [error.errno for _, error in admin.delete_consumer_groups(['pyadmin'])] == [0]
assert [error for _, error in admin.delete_consumer_groups(['pyadmin'])] == [GroupIdNotFoundError]
admin.close()
print('administrated')
