// What the scripts share: a client, and assertions that name what they are about.
const assert = require('node:assert/strict');
const { Kafka, logLevel, CompressionTypes, ConfigResourceTypes } = require('kafkajs');

const kafka = new Kafka({
  clientId: 'kafkajs',
  brokers: process.argv[2].split(','),
  logLevel: process.env.KAFKAJS_LOG ? logLevel.DEBUG : logLevel.NOTHING,
  retry: { initialRetryTime: 50, retries: 8 },
});

// Reads with a group until `count` records are there, commits them, and leaves.
async function consume(groupId, topics, count, options = {}) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 200, maxWaitTimeInMs: 200, ...options });
  const seen = [];
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${seen.length} of ${count} records came`)), 20000);
    consumer.on(consumer.events.CRASH, e => reject(e.payload.error));
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        seen.push({ topic, partition, offset: Number(message.offset), key: text(message.key), value: text(message.value), headers: message.headers, timestamp: message.timestamp });
        if (seen.length === count) {
          clearTimeout(late);
          resolve();
        }
      },
    }).catch(reject);
  });
  const next = new Map();
  for (const r of seen.slice(0, count))
    next.set(`${r.topic} ${r.partition}`, { topic: r.topic, partition: r.partition, offset: String(r.offset + 1) });
  await consumer.commitOffsets([...next.values()]);
  await consumer.disconnect();
  return seen.slice(0, count);
}

function text(bytes) {
  return bytes === null ? null : bytes.toString();
}

async function refused(type, action) {
  await assert.rejects(action, error => {
    const found = error.type ?? error.cause?.type ?? error.errors?.[0]?.type ?? error.groups?.[0]?.error?.type;
    assert.equal(found, type, error.stack);
    return true;
  });
}

function run(main) {
  main().then(() => process.exit(0), error => {
    console.error(error.stack, JSON.stringify(error.errors ?? error.groups ?? error.cause ?? ''));
    process.exit(1);
  });
}

module.exports = { assert, kafka, consume, refused, run, CompressionTypes, ConfigResourceTypes };
