// Topics, partitions, configurations, offsets, records and groups by KafkaJS's admin client.
const { assert, kafka, consume, refused, run, ConfigResourceTypes } = require('./common');

run(async () => {
  const admin = kafka.admin();
  await admin.connect();
  const cluster = await admin.describeCluster();
  assert.equal(cluster.brokers.length, 1);
  assert.equal(cluster.controller, cluster.brokers[0].nodeId);
  assert.ok(cluster.clusterId.length > 10);

  assert.equal(await admin.createTopics({ topics: [{ topic: 'js', numPartitions: 2, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '3600000' }] }] }), true);
  assert.equal(await admin.createTopics({ topics: [{ topic: 'js' }] }), false);
  await refused('INVALID_REPLICATION_FACTOR', () => admin.createTopics({ topics: [{ topic: 'wide', replicationFactor: 3 }] }));
  await refused('INVALID_CONFIG', () => admin.createTopics({ topics: [{ topic: 'odd', configEntries: [{ name: 'no.such', value: '1' }] }] }));
  assert.equal(await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [{ topic: 'only-judged' }] }), true);
  assert.deepEqual(await admin.listTopics(), ['js']);
  await admin.createPartitions({ topicPartitions: [{ topic: 'js', count: 3 }] });
  const { topics } = await admin.fetchTopicMetadata({ topics: ['js'] });
  assert.deepEqual(topics[0].partitions.map(p => [p.partitionId, p.leader, p.replicas.length]).sort(), [0, 1, 2].map(p => [p, cluster.controller, 1]));
  await refused('INVALID_PARTITIONS', () => admin.createPartitions({ topicPartitions: [{ topic: 'js', count: 1 }] }));

  const resource = { type: ConfigResourceTypes.TOPIC, name: 'js' };
  const config = async name => (await admin.describeConfigs({ includeSynonyms: true, resources: [{ ...resource, configNames: [name] }] })).resources[0].configEntries[0].configValue;
  assert.equal(await config('retention.ms'), '3600000');
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: [{ name: 'max.message.bytes', value: '2000' }] }] });
  assert.equal(await config('max.message.bytes'), '2000');
  assert.equal(await config('retention.ms'), '604800000');
  await refused('INVALID_CONFIG', () => admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: [{ name: 'max.message.bytes', value: 'many' }] }] }));
  const broker = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.BROKER, name: String(cluster.controller) }] });
  assert.equal(broker.resources[0].configEntries.find(e => e.configName === 'num.partitions').configValue, '1');

  const producer = kafka.producer();
  await producer.connect();
  const begin = Date.now() - 100000;
  for (let i = 0; i < 10; i++)
    await producer.send({ topic: 'js', messages: [{ partition: 0, value: `v${i}`, timestamp: String(begin + i * 1000) }] });
  await refused('MESSAGE_TOO_LARGE', () => producer.send({ topic: 'js', messages: [{ partition: 0, value: 'x'.repeat(3000) }] }));
  await producer.disconnect();
  const first = ({ partition, low, high }) => [partition, low, high];
  assert.deepEqual((await admin.fetchTopicOffsets('js')).sort((a, b) => a.partition - b.partition).map(first), [[0, '0', '10'], [1, '0', '0'], [2, '0', '0']]);
  const byTime = await admin.fetchTopicOffsetsByTimestamp('js', begin + 4500);
  assert.deepEqual(byTime.sort((a, b) => a.partition - b.partition).map(p => p.offset), ['5', '0', '0']);
  await admin.deleteTopicRecords({ topic: 'js', partitions: [{ partition: 0, offset: '3' }] });
  assert.equal((await admin.fetchTopicOffsets('js')).find(p => p.partition === 0).low, '3');

  const read = await consume('js-group', ['js'], 7);
  assert.deepEqual(read.map(r => r.value), [3, 4, 5, 6, 7, 8, 9].map(i => `v${i}`));
  assert.deepEqual((await admin.listGroups()).groups, [{ groupId: 'js-group', protocolType: 'consumer' }]);
  const described = (await admin.describeGroups(['js-group'])).groups[0];
  assert.deepEqual([described.state, described.members.length], ['Empty', 0]);
  const offsets = async () => (await admin.fetchOffsets({ groupId: 'js-group', topics: ['js'] }))[0].partitions.sort((a, b) => a.partition - b.partition).map(p => p.offset);
  assert.deepEqual(await offsets(), ['10', '-1', '-1']);
  await admin.setOffsets({ groupId: 'js-group', topic: 'js', partitions: [{ partition: 0, offset: '6' }, { partition: 2, offset: '0' }] });
  assert.deepEqual(await offsets(), ['6', '-1', '0']);
  assert.equal((await consume('js-group', ['js'], 4))[0].value, 'v6');
  await admin.deleteGroups(['js-group']);
  assert.deepEqual((await admin.listGroups()).groups, []);
  await refused('GROUP_ID_NOT_FOUND', () => admin.deleteGroups(['js-group']));

  await admin.deleteTopics({ topics: ['js'] });
  assert.deepEqual(await admin.listTopics(), []);
  // It would be tried again and again, as if the topic could still come.
  const impatient = kafka.admin({ retry: { retries: 0 } });
  await impatient.connect();
  await refused('UNKNOWN_TOPIC_OR_PARTITION', () => impatient.deleteTopics({ topics: ['js'] }));
  await impatient.disconnect();
  await admin.disconnect();
  console.log('administrated');
});
