// A part of the stack: a program that is kept running. Started, asked until ready, started again after a crash, given
// up after too many.

import { setTimeout as delay } from 'node:timers/promises';
import { type Child, type ChildCommand, describeExit, spawnChild } from './child.ts';
import { PartFailed, StackInterrupted } from './errors.ts';
import type { Report } from './events.ts';
import type { LogFile } from './log-file.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { decideRestart, type RestartPolicy } from './restart-policy.ts';
import type { PartView } from './state-file.ts';

/** What a part says once it is ready. */
export interface ReadyNews {
  url?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

export interface PartSpec {
  name: string;
  /** The command of the next try. `failedStarts` counts the tries so far, while the part was never ready. */
  command(failedStarts: number): ChildCommand | Promise<ChildCommand>;
  /** Asks until the program answers. Rejects when it takes too long, or with the signal's reason. */
  ready(child: Child, signal: AbortSignal): Promise<ReadyNews>;
  /** From SIGTERM to SIGKILL. */
  stopGraceMs: number;
}

export interface PartContext {
  log: LogFile;
  report: Report;
  policy: RestartPolicy;
  /** Called with every change, and with a new process before anything waits for it. */
  changed: (view: PartView) => void;
  onOutput?: (chunk: Buffer) => void;
  /** Asked when a process has ended: whether somebody ended it to have it started again. @default never */
  wasToRestart?: (process: ProcessIdentity | undefined) => boolean;
}

export interface Part {
  name: string;
  view(): PartView;
  /** Resolves when the part is ready for the first time. @throws PartFailed, StackInterrupted */
  start(): Promise<void>;
  /** Ends it for good. Safe to repeat. */
  stop(): Promise<void>;
  /** SIGKILL, at once and for good. */
  kill(): void;
}

export function createPart(spec: PartSpec, context: PartContext): Part {
  const { log, report, policy, changed, onOutput, wasToRestart = () => false } = context;
  const stopping = new AbortController();
  const crashTimesMs: number[] = [];
  let child: Child | undefined;
  let wasEverReady = false;
  let life: Promise<void> | undefined;
  let view: PartView = { name: spec.name, state: 'stopped', restarts: 0, logPath: log.path };

  const show = (change: Partial<PartView>): void => {
    view = { ...view, ...change };
    changed(view);
  };

  /** One life of the program. Resolves with why it ended. */
  const liveOnce = async (onReady: () => void): Promise<string> => {
    const startedMs = performance.now();
    const command = await spec.command(wasEverReady ? 0 : crashTimesMs.length);
    if (stopping.signal.aborted) return 'was not started';
    child = await spawnChild(spec.name, command, (chunk) => {
      log.write(chunk);
      onOutput?.(chunk);
    });
    show({ state: 'starting', process: child.identity });
    try {
      const news = await spec.ready(child, AbortSignal.any([stopping.signal, child.ended]));
      wasEverReady = true;
      show({ state: 'ready', url: news.url, details: news.details, readyAt: new Date().toISOString() });
      report({ kind: 'ready', part: spec.name, url: news.url, seconds: (performance.now() - startedMs) / 1000 });
      onReady();
    } catch (error) {
      if (!child.ended.aborted) {
        await child.stop(spec.stopGraceMs); // also when stop() came too early to see this child
        return `did not get ready: ${(error as Error).message}`;
      }
    }
    return describeExit(await child.exited);
  };

  const live = async (onReady: () => void): Promise<void> => {
    report({ kind: 'starting', part: spec.name });
    for (;;) {
      const reason = await liveOnce(onReady).catch((error: unknown) => (error as Error).message);
      if (stopping.signal.aborted) throw new StackInterrupted(`${spec.name} was stopped before it was ready`);
      if (wasToRestart(child?.identity)) {
        report({ kind: 'restarting', part: spec.name });
        show({ state: 'restarting', process: undefined, reason: 'is restarted with the code of now' });
        continue;
      }
      crashTimesMs.push(performance.now());
      const next = decideRestart(crashTimesMs, wasEverReady, policy);
      if (next.decision === 'giveUp') {
        const lastLines = log.tail();
        show({ state: 'failed', process: undefined, reason });
        report({ kind: 'gaveUp', part: spec.name, reason, lastLines, logPath: log.path });
        throw new PartFailed({ part: spec.name, reason, lastLines, logPath: log.path });
      }
      report({ kind: 'crashed', part: spec.name, reason, restartInMs: next.delayMs });
      show({ state: 'restarting', process: undefined, reason, restarts: view.restarts + 1 });
      await delay(next.delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  return {
    name: spec.name,
    view: () => view,
    start: () =>
      new Promise((resolve, reject) => {
        life = live(resolve).catch(reject); // a later failure finds the promise settled: it was reported
      }),
    async stop() {
      stopping.abort(new StackInterrupted(`${spec.name} was stopped`));
      await child?.stop(spec.stopGraceMs);
      await life;
      if (view.state !== 'failed') show({ state: 'stopped', process: undefined });
    },
    kill() {
      stopping.abort(new StackInterrupted(`${spec.name} was killed`));
      child?.kill();
    },
  };
}
