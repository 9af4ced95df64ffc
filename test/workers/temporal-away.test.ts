// Temporal goes away while pages have sessions, and comes back: a real server that is killed, a real inference worker.

import { Client, Connection } from '@temporalio/client';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSession } from '../../artifacts/sessions.ts';
import { checkoutFolder } from '../../config/home.ts';
import { openSessionClient, type SessionClient } from '../../inference/client/session-client.ts';
import { cachedWorkflowBundle } from '../../workers/workflow-bundle.ts';
import { QUEUES, SESSION_UPDATES, type SessionFigures } from '../../workflows/contract.ts';
import { startInferenceStack, type InferenceProcess, type InferenceStack } from '../support/inference-stack.ts';
import { startTemporalProcess, type TemporalProcess } from '../support/temporal-process.ts';
import { until } from '../support/until.ts';

/** Longer than the heartbeat timeout of a watched session: when Temporal is back, every watch has timed out. */
const AWAY_MS = 22_000;

let temporal: TemporalProcess;
let stack: InferenceStack;
let inference: InferenceProcess;
let native: NativeConnection;
let workflows: Worker;
let running: Promise<void>;
let client: Client;

const frame = { kind: 'gray8', bytes: new Uint8Array(160 * 120).fill(200), width: 160, height: 120 } as const;

// That it is away is the test's own doing.
Runtime.install({
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

beforeAll(async () => {
  temporal = await startTemporalProcess();
  stack = await startInferenceStack(temporal);
  native = await NativeConnection.connect({ address: temporal.address });
  // In the product the pipeline worker runs these, and stays, too.
  workflows = await Worker.create({
    connection: native,
    namespace: temporal.namespace,
    taskQueue: QUEUES.sessions,
    workflowBundle: { codePath: await cachedWorkflowBundle(checkoutFolder) },
  });
  running = workflows.run();
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  inference = await stack.startWorker();
});

afterAll(async () => {
  await stack?.stop();
  workflows?.shutdown();
  await running;
  await native?.close();
  await client?.connection.close();
  await temporal?.stop();
});

/** @returns how many were answered */
async function sendFrames(session: SessionClient, count: number): Promise<number> {
  let answered = 0;
  await until(async () => {
    if ((await session.send(frame)) !== undefined) answered++;
    return answered >= count;
  });
  return answered;
}
const open = (): Promise<SessionClient> => openSessionClient({ url: inference.url });
const statusOf = async ({ hello }: SessionClient): Promise<string> =>
  (await client.workflow.getHandle(hello.session).describe()).status.name;
const resultOf = ({ hello }: SessionClient) =>
  client.workflow.getHandle(hello.session).result() as Promise<SessionFigures>;
const stored = ({ hello }: SessionClient) => until(() => readSession(stack.store, hello.session));

it('goes on without Temporal, stores what ended meanwhile, and tells Temporal all of it afterwards', async () => {
  const [through, left] = await Promise.all([open(), open()]);
  await sendFrames(through, 3);
  await sendFrames(left, 3);
  await until(async () => (await statusOf(through)) === 'RUNNING' && (await statusOf(left)) === 'RUNNING');

  await temporal.kill();
  const awaySince = performance.now();
  expect(await sendFrames(through, 20)).toBe(20);
  await left.close();
  expect(await stored(left)).toMatchObject({ state: 'ended', reason: 'bye', frames: { answered: 3 } });
  const [late, short] = await Promise.all([open(), open()]);
  expect(await sendFrames(late, 5)).toBe(5);
  expect(await sendFrames(short, 5)).toBe(5);
  await short.close();
  expect(await stored(short)).toMatchObject({ state: 'ended', reason: 'bye', frames: { answered: 5 } });
  await until(() => performance.now() - awaySince > AWAY_MS);
  expect(await sendFrames(through, 5)).toBe(5);

  await temporal.start();
  // Sessions that ended while it was away: their workflows end with the summary of then.
  expect(await resultOf(left)).toMatchObject({ state: 'ended', reason: 'bye', frames: { answered: 3 } });
  await until(async () => (await statusOf(short)) === 'COMPLETED');
  expect(await resultOf(short)).toMatchObject({ state: 'ended', reason: 'bye', frames: { answered: 5 } });
  // Those that go on: they are workflows (again), and can be steered.
  await until(async () => (await statusOf(late)) === 'RUNNING');
  const handle = client.workflow.getHandle(through.hello.session);
  expect(await until(() => handle.executeUpdate<SessionFigures, []>(SESSION_UPDATES.pause))).toMatchObject({
    state: 'paused',
    frames: { answered: 28 },
  });
  await handle.executeUpdate(SESSION_UPDATES.resume);
  await sendFrames(through, 2);
  await through.close();
  await late.close();
  for (const session of [through, late]) {
    const summary = await resultOf(session);
    expect(summary).toMatchObject({ state: 'ended', reason: 'bye' });
    expect(await stored(session)).toMatchObject({ state: 'ended', frames: summary.frames });
  }
  expect((await resultOf(through)).frames.answered).toBe(30);
}, 600_000);
