import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSession } from '../../artifacts/sessions.ts';
import { checkoutFolder } from '../../config/home.ts';
import { openSessionClient, type SessionClient } from '../../inference/client/session-client.ts';
import type { ResultMessage } from '../../inference/protocol.ts';
import { cachedWorkflowBundle } from '../../workers/workflow-bundle.ts';
import {
  PREDICTION_SESSION,
  QUEUES,
  SESSION_QUERIES,
  SESSION_UPDATES,
  type SessionFigures,
} from '../../workflows/contract.ts';
import { runWords } from '../cli/cli-process.ts';
import { startInferenceStack, type InferenceProcess, type InferenceStack } from '../support/inference-stack.ts';
import { startTemporal, type TemporalServer } from '../support/start-temporal.ts';
import { until } from '../support/until.ts';
import { y4mOf } from '../inference/sources/video-files.ts';

let temporal: TemporalServer;
let client: Client;
let stack: InferenceStack;
let first: InferenceProcess;
let workflows: Worker;
let running: Promise<void>;

/** A frame for the wire: blank paper. */
const frame = { kind: 'gray8', bytes: new Uint8Array(160 * 120).fill(200), width: 160, height: 120 } as const;

/** Sends frames until so many were answered: the model may still be loading. */
async function sendFrames(session: SessionClient, count: number): Promise<ResultMessage[]> {
  const results: ResultMessage[] = [];
  await until(async () => {
    const result = await session.send(frame);
    if (result !== undefined) results.push(result);
    return results.length >= count;
  });
  return results;
}

const figuresIn = async (session: string): Promise<SessionFigures | undefined> => {
  const { raw } = await client.workflow.getHandle(session).describe();
  const data = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
  return data ? (JSON.parse(Buffer.from(data).toString()) as SessionFigures) : undefined;
};

beforeAll(async () => {
  temporal = await startTemporal();
  client = temporal.environment.client;
  stack = await startInferenceStack(temporal);
  // In the product the pipeline worker runs these.
  workflows = await Worker.create({
    connection: temporal.environment.nativeConnection,
    namespace: temporal.namespace,
    taskQueue: QUEUES.sessions,
    workflowBundle: { codePath: await cachedWorkflowBundle(checkoutFolder) },
  });
  running = workflows.run();
  first = await stack.startWorker();
});

afterAll(async () => {
  await stack?.stop();
  workflows?.shutdown();
  await running;
  await temporal?.stop();
});

describe('an inference worker with Temporal', () => {
  it('opens a session for `{}` in Temporal, shows its figures, ends it by an update and stores its summary', async () => {
    const session = `ui-${randomUUID()}`;
    const handle = await client.workflow.start(PREDICTION_SESSION, {
      taskQueue: QUEUES.sessions,
      workflowId: session,
      args: [{}],
    });
    const link = await until(() => handle.query<string | undefined>(SESSION_QUERIES.link));
    const page = await openSessionClient({ url: link });
    const results = await sendFrames(page, 5);
    for (const result of results) expect(result).toMatchObject({ decision: 'none', model: { version: 1 } });
    const seen = await until(async () => {
      const figures = await figuresIn(session);
      return figures && figures.frames.answered >= 5 ? figures : undefined;
    });
    expect(seen).toMatchObject({ session, state: 'open', modelVersions: [1] });
    expect(await handle.executeUpdate(SESSION_UPDATES.pause)).toMatchObject({ state: 'paused' });
    expect(await handle.executeUpdate(SESSION_UPDATES.resume)).toMatchObject({ state: 'open' });
    await handle.executeUpdate(SESSION_UPDATES.end);
    await page.closed;
    const summary = (await handle.result()) as SessionFigures;
    expect(summary).toMatchObject({ session, state: 'ended', decisions: { digit: 0 } });
    expect(summary.decisions.none).toBeGreaterThanOrEqual(5);
    expect(await readSession(stack.store, session)).toMatchObject({ ...summary, kind: 'session' });
    const { events } = await handle.fetchHistory();
    expect(events!.length).toBeLessThanOrEqual(60);
  });

  it('makes a workflow of a session that a page opens by itself', async () => {
    const page = await openSessionClient({ url: first.url });
    const { session } = page.hello;
    await sendFrames(page, 3);
    await until(async () => (await client.workflow.getHandle(session).describe()).status.name === 'RUNNING');
    await page.close();
    const summary = (await client.workflow.getHandle(session).result()) as SessionFigures;
    expect(summary).toMatchObject({ session, state: 'ended', source: 'browser', reason: 'bye' });
    expect(await readSession(stack.store, session)).toMatchObject({ state: 'ended' });
  });

  it('is fed a video by the command line, of which no frame is dropped; its sessions are listed', async () => {
    writeFileSync(
      join(stack.folder, 'walk.y4m'),
      y4mOf(
        160,
        120,
        Array.from({ length: 12 }, (_, at) => 100 + at),
      ),
    );
    const environment = { DIGITFLOW_HOME: stack.folder };
    const watched = await runWords(['watch', '--source', 'file:walk.y4m', '--json'], stack.folder, environment);
    expect(watched).toMatchObject({ exitCode: 0 });
    const summary = watched.document() as unknown as SessionFigures;
    expect(summary).toMatchObject({ state: 'ended', source: 'file', frames: { answered: 12 } });
    const listed = await runWords(['sessions', '--json'], stack.folder, environment);
    expect(listed.document()).toMatchObject({ temporal: 'reachable' });
    expect(JSON.stringify(listed.document())).toContain(summary.session);
    const show = ['session', 'show', summary.session];
    const shown = await runWords(show, stack.folder, environment);
    expect(shown.stdout).toMatch(/answered 12/);
    // Whoever shows a session shows the same of it.
    expect((await runWords([...show, '--json'], stack.folder, environment)).document()).toEqual(summary);
    const started = await runWords(['session', 'start', '--source', 'file:walk.y4m'], stack.folder, environment);
    const named = (text: string): (string | undefined)[] =>
      text.split('\n').map((line) => /^ {2}(\w+)/.exec(line)?.[1]);
    expect(named(started.stdout).filter(Boolean)).toEqual(named(shown.stdout).filter(Boolean));
    const again = await runWords(['session', 'end', summary.session], stack.folder, environment);
    expect(again.exitCode).toBe(1);
  });

  it('has a session from the command line, which pauses, resumes and ends it, each with its figures', async () => {
    const session = async (...words: string[]): Promise<Record<string, unknown>> => {
      const told = await runWords(['session', ...words, '--json'], stack.folder, { DIGITFLOW_HOME: stack.folder });
      expect(told.exitCode, told.stderr).toBe(0);
      return told.document();
    };
    const waiting = (await session('start')) as { session: string; link: string };
    const { session: id, link } = waiting;
    expect(await session('show', id)).toEqual(waiting);
    expect(waiting).toMatchObject({ state: 'waiting', source: 'browser', frames: { received: 0 } });
    const page = await openSessionClient({ url: link });
    await sendFrames(page, 1);
    expect(await session('pause', id)).toMatchObject({ session: id, state: 'paused', link });
    expect(await session('resume', id)).toMatchObject({ session: id, state: 'open', link });
    const ended = await session('end', id);
    expect(ended).toMatchObject({ session: id, state: 'ended', decisions: { none: 1 }, link: null });
    expect(await session('show', id)).toEqual(ended);
    await page.closed;
  });

  it('is fed by the command line from elsewhere by its address alone: the summary is one of what came back', async () => {
    writeFileSync(join(stack.folder, 'few.y4m'), y4mOf(160, 120, [90, 91, 92]));
    const words = ['watch', '--source', 'file:few.y4m', '--url', first.url, '--json'];
    const watched = await runWords(words, stack.folder, { DIGITFLOW_HOME: join(stack.folder, 'no-home') });
    expect(watched).toMatchObject({ exitCode: 0 });
    expect(watched.document()).toMatchObject({
      state: 'ended',
      reason: 'the source ended',
      source: 'file',
      frames: { received: 3, answered: 3 },
      decisions: { none: 3 },
    });
  });
});

/** The first of them mostly waits: for a heartbeat that is missed. */
describe.concurrent('workers that end', () => {
  it('one that is killed: its session closes with the last figures', async ({ expect }) => {
    const other = await stack.startWorker();
    const page = await openSessionClient({ url: other.url });
    const { session } = page.hello;
    await sendFrames(page, 4);
    await until(async () => ((await figuresIn(session))?.frames.answered ?? 0) >= 4);
    other.process.kill('SIGKILL');
    expect((await page.closed).code).toBe(1006);
    const summary = (await client.workflow.getHandle(session).result()) as SessionFigures;
    expect(summary).toMatchObject({ session, state: 'lost', reason: expect.stringContaining('was lost') as string });
    expect(summary.frames.answered).toBeGreaterThanOrEqual(4);
    expect(await readSession(stack.store, session)).toMatchObject({ state: 'lost', frames: summary.frames });
  });

  it('one without Temporal serves all the same, and stores summaries itself', async ({ expect }) => {
    const worker = await stack.startWorker({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const page = await openSessionClient({ url: worker.url });
    const { session } = page.hello;
    await sendFrames(page, 2);
    await page.close();
    expect(await until(() => readSession(stack.store, session))).toMatchObject({
      state: 'ended',
      reason: 'bye',
    });
    expect(await worker.stop()).toMatchObject({ code: 0 });
  });

  it('one that is stopped ends its sessions, says goodbye, and their summaries are stored', async ({ expect }) => {
    const worker = await stack.startWorker({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const messages: string[] = [];
    const page = await openSessionClient({ url: worker.url, onMessage: ({ t }) => messages.push(t) });
    await sendFrames(page, 1);
    expect(await worker.stop()).toMatchObject({ code: 0 });
    expect(messages).toContain('bye');
    expect((await page.closed).code).toBe(1001);
    expect(await readSession(stack.store, page.hello.session)).toMatchObject({
      state: 'ended',
      reason: 'worker stopped',
    });
  });
});
