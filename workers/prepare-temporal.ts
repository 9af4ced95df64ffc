// Prepares a Temporal of one's own: the namespace and the search attributes that the workflows set. Runs once at each start
// of a stack in containers; safe to repeat. A composition root.

import { resolveTemporal } from '../config/connection.ts';
import { homeFolder, homePaths } from '../config/home.ts';
import {
  addSearchAttributes,
  ensureNamespace,
  missingSearchAttributes,
  openTemporal,
} from '../setup/stack/temporal-client.ts';
import { waitUntil } from '../setup/stack/wait-until.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import { log } from './log.ts';

/** A server with a new database on a busy machine; a new namespace is known everywhere after some ten seconds. */
const TIMEOUT_MS = 120_000;
/** How long ended workflows stay listed. Records of runs in the store stay for ever. */
const RETENTION_DAYS = 30;

const temporal = resolveTemporal(process.env, undefined, homePaths(homeFolder()));
const wait = { timeoutMs: TIMEOUT_MS, signal: new AbortController().signal };
const client = await waitUntil(() => openTemporal(temporal), {
  ...wait,
  what: `Temporal to answer at ${temporal.address}`,
});
await waitUntil(async () => (await ensureNamespace(client, RETENTION_DAYS), true), {
  ...wait,
  what: `the namespace ${temporal.namespace} to be made`,
});
const hold = async (): Promise<boolean> => {
  await addSearchAttributes(client, SEARCH_ATTRIBUTES);
  return Object.keys(await missingSearchAttributes(client, SEARCH_ATTRIBUTES)).length === 0;
};
await waitUntil(hold, { ...wait, what: 'Temporal to hold the search attributes' });
await client.connection.close();
log.info(
  { address: temporal.address, namespace: temporal.namespace, searchAttributes: Object.keys(SEARCH_ATTRIBUTES) },
  'Temporal is prepared',
);
