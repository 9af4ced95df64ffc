// What a stack does when something is wrong: it says what, and leaves nothing running.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConditionalWritesIgnored } from '../../../artifacts/probe.ts';
import { NoStack } from '../../../config/connection.ts';
import { DEFAULT_RESTART_POLICY } from '../../../setup/stack/restart-policy.ts';
import { stackPaths } from '../../../setup/stack/stack-paths.ts';
import {
  attachStack,
  ComponentMissing,
  ConflictingStores,
  MissingSearchAttributes,
  neededComponents,
  PartFailed,
  stackStatus,
  stopStack,
} from '../../../setup/stack.ts';
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.ts';
import {
  crashingWorker,
  eventually,
  failingWorker,
  goodWorker,
  plainEnvironment,
  type StackFixture,
  stackFixture,
} from './support/fixture.ts';
import { startForgetfulS3 } from './support/forgetful-s3.ts';
import { sharedTemporal } from '../../support/temporal.ts';

let fixture: StackFixture;
beforeEach(() => {
  fixture = stackFixture();
});
afterEach(() => fixture.end());

function expectNothingLeft(home: string): void {
  const { lock, state, endpoints } = stackPaths(home);
  expect([lock, state, endpoints].filter((path) => existsSync(path))).toEqual([]);
}

describe('a worker that never gets ready', () => {
  test('ends the start with its last lines, after three tries', async () => {
    const { home, events } = fixture;
    const failure = await fixture.start({ store: 'file', workers: [failingWorker] }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(PartFailed);
    expect((failure as PartFailed).lastLines.join()).toContain('a reason on standard error');
    const kinds = events.filter((event) => 'part' in event && event.part === 'failing').map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'crashed')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'gaveUp')).toHaveLength(1);
    expect(events).toContainEqual({ kind: 'complained', part: 'failing', message: 'cannot open the toy box' });
    expectNothingLeft(home);
  });
});

describe('a worker that crashes again and again', () => {
  test('is given up after five crashes within a minute, while all else goes on', async () => {
    const { home, events } = fixture;
    const { address } = await sharedTemporal();
    await fixture.start({
      store: 'file',
      components: {},
      environment: { ...plainEnvironment(), TEMPORAL_ADDRESS: address },
      workers: [crashingWorker, goodWorker('steady')],
      policy: { ...DEFAULT_RESTART_POLICY, firstDelayMs: 10, windowMs: 3_600_000 }, // its processes may take a minute
    });
    const gaveUp = await eventually('the part to be given up', () => events.find(({ kind }) => kind === 'gaveUp'));
    expect(gaveUp).toMatchObject({
      part: 'crashing',
      reason: 'ended with exit code 9',
      lastLines: Array(5).fill('my last words'),
    });
    expect(events.filter(({ kind }) => kind === 'crashed')).toHaveLength(4);
    const { state, parts } = await stackStatus({ home });
    expect(state).toBe('running');
    expect(parts.find(({ name }) => name === 'crashing')).toMatchObject({ state: 'failed', isRunning: false });
    expect(parts.find(({ name }) => name === 'steady')).toMatchObject({ state: 'ready', isRunning: true });
  });
});

describe('servers of others', () => {
  test('a store that ignores conditions is refused by name, as soon as it is up', async () => {
    const store = await startForgetfulS3({ busyFor: 3 });
    const { address } = await sharedTemporal();
    const keys = { S3_ENDPOINT: store.endpoint, S3_ACCESS_KEY: 'reader', S3_SECRET_KEY: 'reader-secret' };
    try {
      const environment = { ...plainEnvironment(), TEMPORAL_ADDRESS: address, ...keys };
      expect(neededComponents(environment)).toEqual([]);
      await expect(fixture.start({ components: {}, environment })).rejects.toThrow(ConditionalWritesIgnored);
      expectNothingLeft(fixture.home);
    } finally {
      store.close();
    }
  });

  test('a Temporal without our search attributes is refused with the command that adds them', async () => {
    const { address } = await sharedTemporal();
    const environment = { ...plainEnvironment(), TEMPORAL_ADDRESS: address };
    const searchAttributes = { ...SEARCH_ATTRIBUTES, DigitflowUnheardOf: 'INT' as const };
    const failure = await fixture.start({ store: 'file', components: {}, environment, searchAttributes }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(MissingSearchAttributes);
    expect((failure as MissingSearchAttributes).command).toBe(
      `temporal operator search-attribute create --address ${address} --namespace default ` +
        '--name DigitflowUnheardOf --type Int',
    );
  });

  test('a Temporal of others and files as the store need no component at all', async () => {
    const { address } = await sharedTemporal();
    const environment = { ...plainEnvironment(), TEMPORAL_ADDRESS: address };
    const stack = await fixture.start({ store: 'file', components: {}, environment });
    expect(stack.endpoints).toMatchObject({
      temporal: address,
      store: expect.stringMatching(/^file:\/\/\//) as string,
    });
    expect(stack.store).toEqual({ kind: 'file', folder: stackPaths(fixture.home).fileStore });
  });
});

describe('wrong use', () => {
  test('two stores at once, or a component that nobody made, are refused', async () => {
    const environment = { ...plainEnvironment(), S3_ENDPOINT: 'http://127.0.0.1:1' };
    await expect(fixture.start({ store: 'file', environment })).rejects.toThrow(ConflictingStores);
    await expect(fixture.start({ components: {} })).rejects.toThrow(ComponentMissing);
    expectNothingLeft(fixture.home);
  });

  test('attaching where nothing runs says how to start', async () => {
    const attach = attachStack({ home: fixture.home, environment: plainEnvironment() });
    await expect(attach).rejects.toThrow(NoStack);
    expect(await stopStack({ home: fixture.home })).toEqual({ outcome: 'notRunning', leftovers: [] });
  });
});

describe("Temporal's database", () => {
  test('is made anew when its first making was cut short', async () => {
    const { temporal: folder } = stackPaths(fixture.home);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'temporal.sqlite'), ''); // the server would take it for a complete database
    const stack = await fixture.start({ store: 'file' });
    expect(stack.role).toBe('owner');
  });
});
