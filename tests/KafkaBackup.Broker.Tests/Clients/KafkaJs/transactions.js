// Transactions by KafkaJS: committed, aborted, with a group's offsets, and a producer that another one fences.
const { assert, kafka, consume, refused, run } = require('./common');

run(async () => {
  const producer = kafka.producer({ transactionalId: 'js-tx', idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const send = async (transaction, value) => transaction.send({ topic: 'js', messages: [{ partition: 0, value }] });
  let transaction = await producer.transaction();
  await send(transaction, 'committed 1');
  await send(transaction, 'committed 2');
  await transaction.commit();
  transaction = await producer.transaction();
  await send(transaction, 'aborted');
  await transaction.abort();
  transaction = await producer.transaction();
  await send(transaction, 'committed 3');
  await transaction.sendOffsets({ consumerGroupId: 'js-sent', topics: [{ topic: 'js', partitions: [{ partition: 0, offset: '2' }] }] });
  const admin = kafka.admin();
  await admin.connect();
  await transaction.commit();
  assert.equal((await admin.fetchOffsets({ groupId: 'js-sent', topics: ['js'] }))[0].partitions.find(p => p.partition === 0).offset, '2');

  // An offset of a transaction that is aborted counts for nothing.
  transaction = await producer.transaction();
  await transaction.sendOffsets({ consumerGroupId: 'js-sent', topics: [{ topic: 'js', partitions: [{ partition: 0, offset: '5' }] }] });
  await transaction.abort();
  assert.equal((await admin.fetchOffsets({ groupId: 'js-sent', topics: ['js'] }))[0].partitions.find(p => p.partition === 0).offset, '2');

  transaction = await producer.transaction();
  await send(transaction, 'of a producer that is fenced');
  const other = kafka.producer({ transactionalId: 'js-tx', idempotent: true, maxInFlightRequests: 1 });
  await other.connect();
  const fencing = await other.transaction();
  await refused('INVALID_PRODUCER_EPOCH', () => transaction.commit());
  await fencing.send({ topic: 'js', messages: [{ partition: 0, value: 'last' }] });
  await fencing.commit();

  const committed = await consume('js-committed', ['js'], 4);
  assert.deepEqual(committed.map(r => r.value), ['committed 1', 'committed 2', 'committed 3', 'last']);
  const all = await consume('js-all', ['js'], 6, { readUncommitted: true });
  assert.deepEqual(all.map(r => r.value), ['committed 1', 'committed 2', 'aborted', 'committed 3', 'of a producer that is fenced', 'last']);
  await admin.disconnect();
  console.log('committed', committed.length);
});
