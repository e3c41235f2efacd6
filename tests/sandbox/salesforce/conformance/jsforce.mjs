// Checks of the emulator with jsforce: login, paging, writes, upserts, collections, describe, limits, bulk and errors.
// Environment: URL, KEY, SECRET, and the CA file in NODE_EXTRA_CA_CERTS.

import assert from 'node:assert/strict';
import jsforce from 'jsforce';

const { URL: url, KEY: key, SECRET: secret } = process.env;
const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: key, client_secret: secret });
const token = await (await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: form })).json();
const org = new jsforce.Connection({ instanceUrl: token.instance_url, accessToken: token.access_token, version: '67.0' });
const leads = org.sobject('Lead');
const campaigns = org.sobject('Campaign');
const KEY_FIELD = 'Livestorm_Session_Id__c';

let checks = 0;
async function check(name, work) {
  await work();
  checks += 1;
  console.log(`jsforce: ${name}`);
}

async function rejected(work, code) {
  await assert.rejects(work, (error) => (error.errorCode ?? error.name) === code && !!error.message);
}

await check('the identity contains the user', async () => {
  const identity = await org.identity();
  assert.equal(identity.username, 'admin@sandbox.example');
});

await check('collections create 450 records in several calls', async () => {
  const rows = Array.from({ length: 450 }, (_, n) => ({ LastName: `L${n}`, Company: 'Acme', Email: `l${n}@x.example` }));
  const made = await leads.create(rows, { allowRecursive: true });
  assert.equal(made.filter((one) => one.success).length, 450);
});

await check('all pages of a query are read', async () => {
  let page = await org.query('SELECT Id FROM Lead', { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
  let seen = page.records.length;
  while (!page.done) {
    page = await org.queryMore(page.nextRecordsUrl, { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    seen += page.records.length;
  }
  assert.deepEqual([page.totalSize, seen], [450, 450]);
});

await check('a record is created, read, changed and deleted', async () => {
  const { id } = await leads.create({ LastName: 'Doe', Company: 'Acme', Email: 'Doe@x.example' });
  await leads.update({ Id: id, Title: 'CEO' });
  assert.equal((await leads.retrieve(id)).Title, 'CEO');
  const found = await leads.find({ Email: 'doe@X.example' }, ['Id', 'Owner.Name']).execute();
  assert.deepEqual(found.map((one) => [one.Id, one.Owner.Name]), [[id, 'Sand Box']]);
  await leads.destroy(id);
  assert.equal(await leads.count({ Title: 'CEO' }), 0);
});

await check('an upsert creates, then updates', async () => {
  const first = await campaigns.upsert({ [KEY_FIELD]: 'a/1', Name: 'One', Type: 'Webinar' }, KEY_FIELD);
  const second = await campaigns.upsert({ [KEY_FIELD]: 'a/1', Name: 'Two' }, KEY_FIELD);
  assert.deepEqual([first.created, second.created, first.id === second.id], [true, false, true]);
  const many = await campaigns.upsert([{ [KEY_FIELD]: 'a/1', Name: 'Three' }, { [KEY_FIELD]: 'b', Name: 'B' }], KEY_FIELD);
  assert.deepEqual(many.map((one) => one.created), [false, true]);
});

await check('describe and limits are read', async () => {
  const campaign = await campaigns.describe();
  assert.ok(campaign.fields.some((field) => field.name === KEY_FIELD && field.externalId));
  assert.ok((await org.describeGlobal()).sobjects.length >= 6);
  assert.equal((await org.limits()).DailyApiRequests.Max, 115000);
  assert.equal(org.limitInfo.apiUsage.limit, 115000);
});

await check('bulk 2.0 loads and queries', async () => {
  org.bulk2.pollInterval = 100;
  const input = [{ LastName: 'B1', Company: 'Acme' }, { LastName: 'B2', Company: '' }];
  const done = await org.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'insert', input });
  assert.equal(done.successfulResults.length, 1);
  assert.match(done.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:.*:Company--$/);
  const rows = await (await org.bulk2.query('SELECT Id, Email FROM Lead')).toArray();
  assert.equal(rows.length, 451);
});

await check('errors are raised with code and message', async () => {
  await rejected(() => org.query('SELECT Nope FROM Lead'), 'INVALID_FIELD');
  await rejected(() => org.query('SELECT Id FROM'), 'MALFORMED_QUERY');
  await rejected(() => leads.create({ LastName: 'x' }), 'REQUIRED_FIELD_MISSING');
  await rejected(() => leads.retrieve('00Q5j00000zzzzz'), 'NOT_FOUND');
  const [bad] = await leads.create([{ LastName: 'x' }]);
  assert.deepEqual([bad.success, bad.errors[0].statusCode], [false, 'REQUIRED_FIELD_MISSING']);
});

console.log(`jsforce: ${checks} checks passed`);
