// The stack as a person has it: a real Temporal, a real MinIO, real worker processes, real kills.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEndpoints } from '../../../config/endpoints.ts';
import { writeWhole } from '../../../setup/stack/files.ts';
import { readRememberedPorts } from '../../../setup/stack/ports.ts';
import { isAlive } from '../../../setup/stack/process-identity.ts';
import { stackPaths } from '../../../setup/stack/stack-paths.ts';
import { attachStack, runDoctor, stackStatus } from '../../../setup/stack.ts';
import { QUEUES, SEARCH_ATTRIBUTES } from '../../../workflows/contract.ts';
import { freePort } from '../../support/ports-apart.ts';
import { startTemporal } from '../../support/start-temporal.ts';
import {
  eventually,
  goodWorker,
  partOf,
  plainEnvironment,
  runningParts,
  type StackFixture,
  stackFixture,
  stackOptions,
} from './support/fixture.ts';
import { bestOf, millisecondsOf } from '../../support/best-of.ts';

/** The stranger answers within it, and would be connected to. */
const TIME_TO_BE_FOOLED_MS = 2_500;

let fixture: StackFixture;
beforeEach(() => {
  fixture = stackFixture();
});
afterEach(() => fixture.end());

// Seconds on a quiet machine, many times that on a busy one.
describe('a stack that was started', () => {
  test('serves Temporal, a store and workers, is attached to by a second start, and stops without a trace', async () => {
    const { home } = fixture;
    const orderFile = join(home, 'order.txt');
    const stack = await fixture.start({
      workers: [
        goodWorker('pipeline', { ORDER_FILE: orderFile }),
        {
          ...goodWorker('inference', {
            ORDER_FILE: orderFile,
            ANNOUNCE: JSON.stringify({ inference: 'http://127.0.0.1:8080' }),
          }),
          role: 'inference',
        },
      ],
    });
    expect(stack.role).toBe('owner');
    expect(readEndpoints(stackPaths(home).endpoints)).toEqual(stack.endpoints);
    expect(stack.endpoints?.inference).toBe('http://127.0.0.1:8080');

    const status = await stackStatus({ home });
    expect(status).toMatchObject({ state: 'running', supervisorPid: process.pid });
    expect(status.parts.map(({ name, isRunning, runsOlderCode }) => ({ name, isRunning, runsOlderCode }))).toEqual(
      expect.arrayContaining([
        { name: 'temporal', isRunning: true, runsOlderCode: false },
        { name: 'store', isRunning: true, runsOlderCode: false },
        { name: 'pipeline', isRunning: true, runsOlderCode: false },
      ]),
    );

    const second = await fixture.start();
    expect(second).toMatchObject({ role: 'attached', supervisorPid: process.pid, temporal: stack.temporal });
    await second.stop();
    expect(await attachStack({ home, environment: plainEnvironment() })).toMatchObject({ store: stack.store });

    const processes = runningParts(home).map((part) => part.process);
    expect(processes).toHaveLength(4);
    const firstMs = await millisecondsOf(() => stack.stop());
    expect(processes.filter(isAlive)).toEqual([]);
    expect(readFileSync(orderFile, 'utf8')).toBe('inference temporal-up\npipeline temporal-up\n');
    expect(['lock', 'state', 'endpoints'].filter((name) => existsSync(stackPaths(home)[name as 'lock']))).toEqual([]);
    expect(await stackStatus({ home })).toMatchObject({ state: 'stopped', parts: [] });
    if (firstMs >= 10_000) {
      const stoppedAgain = async (): Promise<number> => {
        const again = await fixture.start({ workers: [goodWorker('pipeline')] });
        return millisecondsOf(() => again.stop());
      };
      expect(await bestOf(10_000, stoppedAgain)).toBeLessThan(10_000);
    }
  });

  test('keeps its ports and its keys over restarts, readable by the owner only', async () => {
    const { home } = fixture;
    // Ports of its own: between the two starts the usual ones may go to a stack of another test.
    const ports = { temporal: await freePort(), temporalUi: await freePort(), store: await freePort() };
    writeWhole(stackPaths(home).ports, JSON.stringify(ports));
    const first = await fixture.start();
    expect(first.temporal.address).toBe(`127.0.0.1:${ports.temporal}`);
    await first.stop();
    const second = await fixture.start();
    expect(second.endpoints).toEqual(first.endpoints);
    expect(second.store).toEqual(first.store);
    const { credentials, signingKey } = stackPaths(home);
    for (const path of [credentials, signingKey]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(credentials, 'utf8')).not.toContain('minioadmin');
  });

  test('starts a killed part again at the same place, and says so', async () => {
    const { home, events } = fixture;
    const stack = await fixture.start({ workers: [goodWorker('pipeline')] });
    for (const name of ['temporal', 'store', 'pipeline']) {
      const before = partOf(home, name)!;
      process.kill(before.process!.pid, 'SIGKILL');
      const after = await eventually(`${name} to be ready again`, () => {
        const part = partOf(home, name);
        return part?.state === 'ready' && part.process?.pid !== before.process?.pid && part;
      });
      expect(after).toMatchObject({ restarts: 1, reason: 'was ended by SIGKILL' });
      expect(after.url).toBe(before.url);
      expect(events).toContainEqual({ kind: 'crashed', part: name, reason: 'was ended by SIGKILL', restartInMs: 250 });
    }
    expect(readEndpoints(stackPaths(home).endpoints)).toEqual(stack.endpoints);
  });
});

describe('ports', () => {
  let holder: Server;
  beforeEach(async () => {
    holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
  });
  afterEach(() => void holder.close());

  test('the next free port is taken where one is taken, and kept from then on', async () => {
    const { home, events } = fixture;
    const address = holder.address();
    const wanted = typeof address === 'object' && address !== null ? address.port : 0;
    writeWhole(stackPaths(home).ports, JSON.stringify({ store: wanted }));
    const stack = await fixture.start();
    const got = Number(new URL(stack.endpoints!.store).port);
    expect(got).not.toBe(wanted);
    expect(events).toContainEqual({ kind: 'portTaken', part: 'store', wanted, got });
    expect(JSON.parse(readFileSync(stackPaths(home).ports, 'utf8'))).toMatchObject({ store: got });
  });

  test("a stranger's Temporal that took the port meanwhile is not taken for ours", async () => {
    const { home, events } = fixture;
    const { components } = stackOptions(home);
    const { executable } = components.temporal!;
    const go = join(home, 'go');
    // Ours begins only once the stranger serves at the port that was chosen for it.
    const late = join(home, 'late.sh');
    const script = `#!/bin/sh\nwhile [ ! -e '${go}' ]; do sleep 0.05; done\nexec '${executable}' "$@"\n`;
    writeFileSync(late, script, { mode: 0o755 });
    const starting = fixture.start({ components: { ...components, temporal: { executable: late } } });
    const ports = await eventually('its ports', () => {
      const { temporal, temporalUi } = readRememberedPorts(stackPaths(home).ports);
      return temporal !== undefined && temporalUi !== undefined && { port: temporal, uiPort: temporalUi };
    });
    const stranger = await startTemporal(ports);
    try {
      const isFooled = await Promise.race([starting.then(() => true), delay(TIME_TO_BE_FOOLED_MS, false)]);
      expect(isFooled).toBe(false);
      writeFileSync(go, '');
      expect((await starting).endpoints!.temporal).not.toContain(`:${ports.port}`);
      expect(events).toContainEqual(expect.objectContaining({ kind: 'crashed', part: 'temporal' }));
    } finally {
      await stranger.stop();
    }
  });
});

describe('the doctor', () => {
  test('finds a running stack sound, and names the queue that nobody serves', async () => {
    const { home } = fixture;
    await fixture.start();
    const checks = await runDoctor({
      home,
      components: stackOptions(home).components,
      searchAttributes: SEARCH_ATTRIBUTES,
      queues: Object.values(QUEUES),
      environment: plainEnvironment(),
    });
    const failed = checks.filter(({ state }) => state === 'failed').map(({ name }) => name);
    expect(failed).toEqual(['queue pipeline', 'queue train', 'queue sessions']);
    const sound = checks.filter(({ state }) => state === 'ok').map(({ name }) => name);
    expect(sound).toEqual(expect.arrayContaining(['node', 'supervisor', 'temporal', 'search attributes', 'store']));
  });
});
