// What the supervisor and the doctor ask of a Temporal server.

import type { Connection } from '@temporalio/client';
import type proto from '@temporalio/proto';
import type { TemporalConnection } from '../../config/connection.ts';
import { temporalOptions } from '../../config/temporal.ts';
import { MissingSearchAttributes } from './errors.ts';

/** gRPC's code. */
const ALREADY_EXISTS = 6;
const DAY_SECONDS = 86_400;

export interface TemporalClient {
  connection: Connection;
  address: string;
  namespace: string;
}

/** Types by name. Which there are is the workflows' to say; they come in through the options of start and doctor. */
export type SearchAttributes = Readonly<Record<string, SearchAttributeType>>;
export type SearchAttributeType = 'KEYWORD' | 'INT' | 'DOUBLE' | 'BOOL' | 'DATETIME' | 'TEXT';

/** The name of a type as Temporal's command line spells it. */
export function cliTypeOf(type: SearchAttributeType): string {
  return type[0] + type.slice(1).toLowerCase();
}

/** Connects and asks the server about itself. The caller closes `connection`. @throws when it doesn't answer in 5 s */
export async function openTemporal(temporal: TemporalConnection): Promise<TemporalClient> {
  const library = await import('./temporal-library.ts');
  const options = { ...temporalOptions(temporal), connectTimeout: '5 s' } as const;
  const { address, namespace } = temporal;
  return { connection: await library.Connection.connect(options), address, namespace };
}

/** The server's version, e.g. `1.29.1`. */
export async function serverVersion({ connection }: TemporalClient): Promise<string> {
  return (await connection.workflowService.getSystemInfo({})).serverVersion ?? 'unknown';
}

/** Makes the client's namespace where it is missing. Safe to repeat. Ended workflows stay listed for the days given. */
export async function ensureNamespace({ connection, namespace }: TemporalClient, retentionDays: number): Promise<void> {
  const { namespaces } = await connection.workflowService.listNamespaces({ pageSize: 1_000 });
  if (namespaces.some(({ namespaceInfo }) => namespaceInfo?.name === namespace)) return;
  const { default: messages } = await import('@temporalio/proto');
  const workflowExecutionRetentionPeriod = messages.google.protobuf.Duration.fromObject({
    seconds: retentionDays * DAY_SECONDS,
  });
  await connection.workflowService
    .registerNamespace({ namespace, workflowExecutionRetentionPeriod })
    .catch((error: { code?: unknown }) => {
      if (error.code !== ALREADY_EXISTS) throw error; // another one made it meanwhile
    });
}

/** Those of the wanted attributes that are not there, or there with another type. */
export async function missingSearchAttributes(
  { connection, namespace }: TemporalClient,
  wanted: SearchAttributes,
): Promise<SearchAttributes> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const typeOf = await indexedTypes();
  const missing = Object.entries(wanted).filter(([name, type]) => customAttributes?.[name] !== typeOf(type));
  return Object.fromEntries(missing);
}

/** Adds what is missing. Safe to repeat. */
export async function addSearchAttributes(client: TemporalClient, wanted: SearchAttributes): Promise<void> {
  const missing = Object.entries(await missingSearchAttributes(client, wanted));
  if (missing.length === 0) return;
  const typeOf = await indexedTypes();
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, typeOf(type)])),
  });
}

/**
 * Refuses a server that lacks one of the attributes.
 * @throws MissingSearchAttributes with the command that adds them
 */
export async function requireSearchAttributes(client: TemporalClient, wanted: SearchAttributes): Promise<void> {
  const missing = await missingSearchAttributes(client, wanted);
  const names = Object.keys(missing);
  if (names.length === 0) return;
  throw new MissingSearchAttributes({ ...client, missing: names, command: addCommand(client, missing) });
}

/** The command by which a person adds them. */
export function addCommand(
  { address, namespace }: Pick<TemporalClient, 'address' | 'namespace'>,
  missing: SearchAttributes,
): string {
  const pairs = Object.entries(missing).map(([name, type]) => `--name ${name} --type ${cliTypeOf(type)}`);
  const where = `--address ${address} --namespace ${namespace}`;
  return `temporal operator search-attribute create ${where} ${pairs.join(' ')}`;
}

/** A worker as Temporal knows it: whoever asked a queue for work within the last minutes, on whatever machine. */
export interface QueueWorker {
  /** What it calls itself. */
  identity: string;
  queues: string[];
  /** ISO 8601. */
  lastSeenAt: string;
}

/** The workers of queues, by their identity; newest first within equals. */
export async function workersOf(
  { connection, namespace }: Pick<TemporalClient, 'namespace'> & { connection: Pick<Connection, 'workflowService'> },
  queues: readonly string[],
): Promise<QueueWorker[]> {
  const { TaskQueueType } = await enums();
  const found = new Map<string, { queues: Set<string>; lastSeenMs: number }>();
  const ask = async (name: string, taskQueueType: proto.temporal.api.enums.v1.TaskQueueType): Promise<void> => {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType,
    });
    for (const { identity, lastAccessTime } of pollers ?? []) {
      const worker = found.get(identity ?? '') ?? { queues: new Set(), lastSeenMs: 0 };
      worker.queues.add(name);
      worker.lastSeenMs = Math.max(worker.lastSeenMs, Number(lastAccessTime?.seconds ?? 0) * 1_000);
      found.set(identity ?? '', worker);
    }
  };
  const kinds = [TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY];
  await Promise.all(queues.flatMap((queue) => kinds.map((kind) => ask(queue, kind))));
  return [...found]
    .map(([identity, worker]) => ({
      identity,
      queues: queues.filter((queue) => worker.queues.has(queue)),
      lastSeenAt: new Date(worker.lastSeenMs).toISOString(),
    }))
    .sort((a, b) => a.identity.localeCompare(b.identity));
}

export interface QueuePollers {
  workflow: number;
  activity: number;
}

/** How many workers asked the queue for work within the last minutes. */
export async function pollersOf({ connection, namespace }: TemporalClient, queue: string): Promise<QueuePollers> {
  const { TaskQueueType } = await enums();
  const count = async (taskQueueType: proto.temporal.api.enums.v1.TaskQueueType): Promise<number> => {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType,
    });
    return pollers?.length ?? 0;
  };
  const [workflow, activity] = await Promise.all([
    count(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
    count(TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
  ]);
  return { workflow, activity };
}

async function indexedTypes() {
  const { IndexedValueType } = await enums();
  return (type: SearchAttributeType) => IndexedValueType[`INDEXED_VALUE_TYPE_${type}`];
}

const enums = async () => (await import('./temporal-library.ts')).proto.temporal.api.enums.v1;
