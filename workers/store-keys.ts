// The keeper of keys of a stack in containers: makes the bucket, the pair that signs models, and keys of the store that
// expire, and keeps these fresh. It alone holds the keys that may do everything; workers get a file with those that may do
// what they have to. A composition root.

import path from 'node:path';
import { resolveStore } from '../config/connection.ts';
import { homeFolder, homePaths } from '../config/home.ts';
import { ensureSigningKey } from '../setup/signing-key.ts';
import { readIfThere, writeWhole } from '../setup/stack/files.ts';
import { prepareStoreOnceUp } from '../setup/stack/prepare-store.ts';
import { keepServingKeys, pipelinePolicy, servingPolicy } from '../setup/stack/serving-keys.ts';
import { exitWithParent } from './lifeline.ts';
import { log } from './log.ts';

/** The store is up before this starts; a busy machine needs seconds until it takes requests. */
const READY_TIMEOUT_MS = 60_000;
const FILE = 'store.json';

const home = homeFolder();
const paths = homePaths(home);
const servingFolder = process.env['DIGITFLOW_SERVING_KEYS'];
const store = resolveStore(process.env, undefined, paths);
if (store.kind !== 's3') throw new Error(`expected S3_ENDPOINT to be an S3 server, got the folder ${store.folder}`);
if (!servingFolder) throw new Error('expected DIGITFLOW_SERVING_KEYS to name the folder for keys of inference workers');

const stopping = new AbortController();
await prepareStoreOnceUp(store, {
  what: `the store at ${store.endpoint} to take requests`,
  timeoutMs: READY_TIMEOUT_MS,
  signal: stopping.signal,
});
const { publicKeyPath } = ensureSigningKey(home);
writeWhole(path.join(servingFolder, path.basename(publicKeyPath)), readIfThere(publicKeyPath)!, 0o644);
const failed = (reason: string): void => log.error({ reason }, 'keys of the store could not be renewed');
const shared = { store, signal: stopping.signal, failed };
await Promise.all([
  keepServingKeys({
    ...shared,
    file: path.join(path.dirname(paths.signingKey), FILE),
    policy: pipelinePolicy(store.bucket),
  }),
  keepServingKeys({ ...shared, file: path.join(servingFolder, FILE), policy: servingPolicy(store.bucket) }),
]);
log.info({ store: store.endpoint, bucket: store.bucket }, 'keys are made and kept fresh');

// The files stay at the end: workers go on with them for up to an hour while this one is replaced.
const holding = setInterval(() => undefined, 60_000);
exitWithParent(() => {
  stopping.abort();
  clearInterval(holding);
  process.exit(0);
});
