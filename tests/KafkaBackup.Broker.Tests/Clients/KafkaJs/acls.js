// Access control entries by KafkaJS's admin client.
const { assert, kafka, run } = require('./common');
const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = require('kafkajs');

run(async () => {
  const admin = kafka.admin();
  await admin.connect();
  const entry = (resourceName, resourcePatternType, operation, permissionType) => ({
    resourceType: AclResourceTypes.TOPIC, resourceName, resourcePatternType, principal: 'User:alice', host: '*', operation, permissionType,
  });
  await admin.createAcls({
    acl: [
      entry('orders', ResourcePatternTypes.LITERAL, AclOperationTypes.READ, AclPermissionTypes.ALLOW),
      entry('ord', ResourcePatternTypes.PREFIXED, AclOperationTypes.WRITE, AclPermissionTypes.DENY),
    ],
  });
  const filter = { resourceType: AclResourceTypes.TOPIC, resourceName: 'orders', resourcePatternType: ResourcePatternTypes.MATCH, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
  const names = async () => (await admin.describeAcls(filter)).resources.map(r => r.resourceName).sort();
  assert.deepEqual(await names(), ['ord', 'orders']);
  const deleted = await admin.deleteAcls({ filters: [{ ...filter, operation: AclOperationTypes.WRITE }] });
  assert.deepEqual(deleted.filterResponses[0].matchingAcls.map(a => a.resourceName), ['ord']);
  assert.deepEqual(await names(), ['orders']);
  await admin.disconnect();
  console.log('listed');
});
