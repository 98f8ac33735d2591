// Records by KafkaJS's producer in the codecs that it brings itself, with keys, headers, nulls and times, read back by its consumer.
const { assert, kafka, consume, run, CompressionTypes } = require('./common');

run(async () => {
  const producer = kafka.producer({ idempotent: process.argv[4] === 'idempotent', maxInFlightRequests: 1 });
  await producer.connect();
  const compression = CompressionTypes[process.argv[3]];
  const begin = Date.now() - 100000;
  const record = i => ({
    key: i % 5 === 0 ? null : `k${i}`,
    value: i % 7 === 0 ? null : `v${i} ${'x'.repeat(i)}`,
    headers: { one: `${i}`, many: ['a', 'b'] },
    timestamp: String(begin + i),
    partition: i % 2,
  });
  for (let i = 0; i < 300; i += 50) {
    const acks = await producer.send({ topic: 'js', compression, acks: -1, messages: Array.from({ length: 50 }, (_, n) => record(i + n)) });
    assert.deepEqual(acks.sort((a, b) => a.partition - b.partition).map(a => [a.errorCode, a.baseOffset]), [[0, `${i / 2}`], [0, `${i / 2}`]]);
  }
  await producer.sendBatch({ compression, topicMessages: ['js', 'other'].map(topic => ({ topic, messages: [{ partition: 0, value: 'batch' }] })) });
  await producer.disconnect();

  const read = await consume('js-group', ['js', 'other'], 302);
  for (const r of read.filter(r => r.value !== 'batch')) {
    const { key, value, timestamp } = record(r.offset * 2 + r.partition);
    assert.deepEqual([r.key, r.value, r.timestamp], [key, value, timestamp]);
    assert.deepEqual([r.headers.one.toString(), r.headers.many.map(String)], [`${r.offset * 2 + r.partition}`, ['a', 'b']]);
  }
  assert.equal(new Set(read.map(r => `${r.topic} ${r.partition} ${r.offset}`)).size, 302);
  console.log('read', read.length);
});
