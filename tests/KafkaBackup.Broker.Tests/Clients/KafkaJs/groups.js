// Two members of a group share four partitions; one leaves, and the other takes over where it had committed.
const { assert, kafka, run } = require('./common');

run(async () => {
  const producer = kafka.producer();
  await producer.connect();
  const produce = async from => producer.send({
    topic: 'js',
    messages: Array.from({ length: 40 }, (_, i) => ({ partition: i % 4, value: `${from + i}` })),
  });
  const seen = new Map();
  const assignments = new Map();
  const until = async (what, condition) => {
    for (const late = Date.now() + 20000; !condition();) {
      if (Date.now() > late)
        throw new Error(`not in time: ${what}; assigned ${JSON.stringify([...assignments])}, seen ${seen.size}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  const join = async name => {
    const consumer = kafka.consumer({ groupId: 'js-group', sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 100, maxWaitTimeInMs: 100 });
    consumer.on(consumer.events.GROUP_JOIN, e => assignments.set(name, e.payload.memberAssignment.js ?? []));
    await consumer.connect();
    await consumer.subscribe({ topic: 'js', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const id = `${partition} ${message.offset}`;
        seen.set(id, [...(seen.get(id) ?? []), name]);
      },
    });
    return consumer;
  };
  const first = await join('first');
  const second = await join('second');
  await until('two partitions each', () => assignments.get('first')?.length === 2 && assignments.get('second')?.length === 2);
  assert.deepEqual([...assignments.get('first'), ...assignments.get('second')].sort(), [0, 1, 2, 3]);
  await produce(0);
  await until('40 records', () => seen.size === 40);
  assert.deepEqual(new Set([...seen.values()].flat()), new Set(['first', 'second']));

  const admin = kafka.admin();
  await admin.connect();
  const described = (await admin.describeGroups(['js-group'])).groups[0];
  assert.deepEqual([described.state, described.protocol, described.members.length], ['Stable', 'RoundRobinAssigner', 2]);
  await second.disconnect();
  await until('all partitions on the one that is left', () => assignments.get('first').length === 4);
  await produce(40);
  await until('80 records', () => seen.size === 80);
  assert.deepEqual([...seen.values()].filter(names => names.length > 1), [], 'read twice');
  await first.disconnect();
  const offsets = (await admin.fetchOffsets({ groupId: 'js-group', topics: ['js'] }))[0].partitions.map(p => p.offset);
  assert.deepEqual(offsets, ['20', '20', '20', '20']);
  await admin.disconnect();
  await producer.disconnect();
  console.log('shared', seen.size);
});
