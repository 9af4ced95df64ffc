// Temporal and the store of this stack: servers of our own, or somebody else's that the environment names.

import {
  type StoreConnection,
  type TemporalConnection,
  hasOwnTemporal,
  resolveStore,
  resolveTemporal,
} from '../../config/connection.ts';
import type { Environment } from '../../config/home.ts';
import { storeUrl } from './environment.ts';
import { ComponentMissing, ConflictingStores } from './errors.ts';
import type { Report } from './events.ts';
import { ensureFolder } from './files.ts';
import { objectStoreServer } from './object-store.ts';
import type { PartSpec } from './part.ts';
import type { Ports } from './ports.ts';
import { prepareStoreOnceUp } from './prepare-store.ts';
import type { StackPaths } from './stack-paths.ts';
import { openTemporal, requireSearchAttributes, type SearchAttributes } from './temporal-client.ts';
import { temporalServer } from './temporal-server.ts';
import { waitUntil } from './wait-until.ts';

export interface Component {
  executable: string;
}
export interface Components {
  temporal?: Component | undefined;
  minio?: Component | undefined;
}
export type ComponentName = keyof Components;

/** `minio` starts one; `file` keeps objects as plain files in the home. */
export type StoreChoice = 'minio' | 'file';

export interface ServerOptions {
  paths: StackPaths;
  ports: Ports;
  environment: Environment;
  components: Components;
  store: StoreChoice;
  searchAttributes: SearchAttributes;
  report: Report;
}

/** A server to use: one to start (`spec`), or one to connect to (`connect`). */
export interface Server<Connection> {
  spec?: PartSpec;
  /** Resolves with its URL. */
  connect?: (signal: AbortSignal) => Promise<string>;
  /** Known once it was started or connected to. */
  connection(): Connection;
}

/** How long somebody else's server may take to answer before the start is refused. */
const CONNECT_TIMEOUT_MS = 20_000;

/** Which components a start with this environment needs; the caller prepares them. @throws ConflictingStores */
export function neededComponents(environment: Environment, store: StoreChoice = 'minio'): ComponentName[] {
  const needed: ComponentName[] = [];
  if (!hasOwnTemporal(environment)) needed.push('temporal');
  if (!hasOwnStore(environment, store) && store === 'minio') needed.push('minio');
  return needed;
}

/** @throws ComponentMissing */
export function chooseTemporal(options: ServerOptions): Server<TemporalConnection> {
  const { paths, ports, environment, components, searchAttributes, report } = options;
  if (hasOwnTemporal(environment)) {
    const connection = resolveTemporal(environment, undefined, paths);
    return { connection: () => connection, connect: (signal) => connectTemporal(connection, searchAttributes, signal) };
  }
  if (components.temporal === undefined) throw new ComponentMissing('Temporal', 'set TEMPORAL_ADDRESS');
  return temporalServer({ ...components.temporal, paths, ports, environment, searchAttributes, report });
}

/** @throws ComponentMissing, ConflictingStores, MissingCredentials */
export function chooseStore(options: ServerOptions): Server<StoreConnection> {
  const { paths, ports, environment, components, report, store } = options;
  if (hasOwnStore(environment, store)) return useStore(resolveStore(environment, undefined, paths));
  if (store === 'file') return useStore({ kind: 'file', folder: ensureFolder(paths.fileStore) });
  if (components.minio === undefined) throw new ComponentMissing('MinIO', 'set S3_ENDPOINT, or choose --store file');
  return objectStoreServer({ ...components.minio, paths, ports, environment, report });
}

function useStore(connection: StoreConnection): Server<StoreConnection> {
  return {
    connection: () => connection,
    async connect(signal) {
      const url = storeUrl(connection);
      await prepareStoreOnceUp(connection, {
        what: `the store at ${url} to answer`,
        timeoutMs: CONNECT_TIMEOUT_MS,
        signal,
      });
      return url;
    },
  };
}

async function connectTemporal(
  connection: TemporalConnection,
  wanted: SearchAttributes,
  signal: AbortSignal,
): Promise<string> {
  const client = await waitUntil(() => openTemporal(connection), {
    what: `Temporal at ${connection.address} (TEMPORAL_ADDRESS, or the profile) to answer`,
    timeoutMs: CONNECT_TIMEOUT_MS,
    signal,
  });
  try {
    await requireSearchAttributes(client, wanted);
  } finally {
    await client.connection.close();
  }
  return connection.address;
}

/** @throws ConflictingStores */
function hasOwnStore(environment: Environment, store: StoreChoice): boolean {
  if (!isSet(environment, 'S3_ENDPOINT')) return false;
  if (store === 'file') throw new ConflictingStores(environment['S3_ENDPOINT']!);
  return true;
}

function isSet(environment: Environment, name: string): boolean {
  return environment[name] !== undefined && environment[name] !== '';
}
