// One run of the pipeline under kills, from its start to its end. Says what was killed, how long it took until the run went
// on, how much training was lost, and everything that is not as promised.

import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { StepProgress } from '../../activities/step.ts';
import type { Random } from '../../ml/random.ts';
import { formatCrashPoint } from '../../workers/crash-points.ts';
import { QUEUES, TRAIN_PIPELINE } from '../../workflows/contract.ts';
import { checkRun } from './checks.ts';
import { childrenOf, isAlive, type Lane, type Victim } from './lane.ts';
import { planKill } from './plan.ts';

export interface Kill {
  /** A victim, or the point where the pipeline worker died. */
  what: string;
  /** The step that ran. */
  step: string;
  /** Until the run had gone on; undefined when the run was over before. */
  backMs: number | undefined;
}

export interface RoundResult {
  workflowId: string;
  kills: Kill[];
  stateSha256: string | undefined;
  seconds: number;
  /** The most training that one kill undid, in milliseconds of training. */
  mostLostMs: number;
  /** What is not as promised; empty when the run survived. */
  problems: string[];
}

export interface RoundOptions {
  workflowId: string;
  kills: number;
  random: Random;
  /** Of an undisturbed run. */
  expectedState: string | undefined;
  say: (line: string) => void;
}

/** After this long without going on a kill counts as not survived. */
const BACK_LIMIT_MS = 20_000;
/** A child may outlive its worker by this. */
const ORPHAN_LIMIT_MS = 2_000;
/** One checkpoint interval, and the time in which a checkpoint travels. */
const LOST_LIMIT_MS = 11_000;
const LOOK_EVERY_MS = 100;
const ROUND_LIMIT_MS = 15 * 60_000;

/** 400 images, a small pool, 20 s of training on a quiet core. */
export const smallRun = (data: string) => ({
  ingest: { source: { kind: 'folder', path: data } },
  preprocess: { split: 'random' },
  augment: { poolSize: 4_096, parts: 2, shares: {} },
  train: { trainSteps: 1_200, validationEverySteps: 300 },
});

export async function runRound(lane: Lane, options: RoundOptions): Promise<RoundResult> {
  const { workflowId, random, say } = options;
  const startedMs = performance.now();
  const problems: string[] = [];
  const kills: Kill[] = [];
  const children = new Set<number>();
  const first = planKill(random, 'resolveRun');
  lane.arm(options.kills > 0 ? first.point : undefined);
  const handle = await lane.client.workflow.start(TRAIN_PIPELINE, {
    workflowId,
    taskQueue: QUEUES.pipeline,
    args: [smallRun(lane.data)],
  });
  const watch = createWatch(handle);
  const ended = handle.result().then(
    () => true,
    (error: unknown) => {
      problems.push(`the run failed: ${error instanceof Error ? `${error.message} ${String(error.cause)}` : ''}`);
      return true;
    },
  );
  let isOver = false;
  void ended.then(() => (isOver = true));

  let plan = first;
  for (let k = 0; k < options.kills && !isOver; k++) {
    const before = lane.deaths.length;
    const step = (await watch.look())?.step ?? '?';
    for (const pid of await childrenOf((await lane.pidOf('pipeline-worker')) ?? -1)) children.add(pid);
    const passed = await waitFor(() => isOver || died(lane, 'pipeline-worker', before), plan.afterMs);
    if (isOver) break;
    const hit = died(lane, 'pipeline-worker', before);
    const what = hit && plan.point ? formatCrashPoint(plan.point) : await killNow(lane, plan.victim, children);
    if (what === undefined) {
      k--; // nobody to kill at this moment, e.g. no trainer
      plan = { ...planKill(random, step), victim: 'pipeline-worker' };
      continue;
    }
    const killedMs = passed && hit ? lane.deaths.at(-1)!.atMs : performance.now();
    // Armed before the worker is started again.
    plan = planKill(random, step);
    lane.arm(plan.point);
    if (hit || what === 'pipeline-worker') {
      const orphans = new Set(children);
      children.clear();
      void noOrphans(orphans, killedMs).then((left) => {
        for (const pid of left) problems.push(`${what}: child ${pid} outlived its worker by ${ORPHAN_LIMIT_MS} ms`);
      });
    }
    const backMs = await goingOn({ lane, watch, killedMs, isOver: () => isOver, before: watch.mark() });
    kills.push({ what, step, backMs });
    say(
      `${workflowId}  kill ${kills.length}  ${what} in ${step}: ${backMs === undefined ? 'over' : `on again in ${(backMs / 1000).toFixed(1)} s`}`,
    );
    if (backMs !== undefined && backMs > BACK_LIMIT_MS)
      problems.push(`${what} in ${step}: going on took ${Math.round(backMs)} ms, expected at most ${BACK_LIMIT_MS}`);
  }
  lane.arm(undefined);

  await Promise.race([ended, delay(ROUND_LIMIT_MS, undefined, { ref: false })]);
  if (!isOver) problems.push(`the run did not end within ${ROUND_LIMIT_MS / 60_000} minutes`);
  const mostLostMs = watch.mostLostMs();
  if (mostLostMs > LOST_LIMIT_MS) problems.push(`${Math.round(mostLostMs)} ms of training were done again`);
  await waitFor(() => lane.isWhole(), BACK_LIMIT_MS);
  const checked = await checkRun(lane, { workflowId, firstExecutionRunId: handle.firstExecutionRunId });
  problems.push(...checked.problems);
  if (options.expectedState !== undefined && checked.stateSha256 !== options.expectedState)
    problems.push(`state ${checked.stateSha256}, expected that of an undisturbed run: ${options.expectedState}`);
  return {
    workflowId,
    kills,
    stateSha256: checked.stateSha256,
    seconds: (performance.now() - startedMs) / 1000,
    mostLostMs,
    problems,
  };
}

function died(lane: Lane, part: string, since: number): boolean {
  return lane.deaths.slice(since).some((death) => death.part === part);
}

async function killNow(lane: Lane, victim: Victim, children: Set<number>): Promise<string | undefined> {
  const pid = await lane.pidOf(victim);
  if (pid === undefined) return undefined;
  if (victim === 'pipeline-worker') for (const child of await childrenOf(pid)) children.add(child);
  process.kill(pid, 'SIGKILL');
  return victim;
}

/** Children that still live at the end of their time. */
async function noOrphans(children: Set<number>, sinceMs: number): Promise<number[]> {
  await delay(Math.max(0, ORPHAN_LIMIT_MS - (performance.now() - sinceMs)));
  const alive = await Promise.all([...children].map(async (pid) => ((await isAlive(pid)) ? [pid] : [])));
  return alive.flat();
}

interface Sign {
  step: string | undefined;
  historyLength: number;
  heartbeats: string;
}

interface Watch {
  /** What Temporal says of the run now; undefined while it can't be asked. */
  look(): Promise<Sign | undefined>;
  mark(): string;
  mostLostMs(): number;
}

/** Follows the run from outside, as a person would: by `describe` and the heartbeats. */
function createWatch(handle: WorkflowHandle): Watch {
  let newest: Sign | undefined;
  let lastTraining: { done: number; atMs: number } | undefined;
  let stepMs = 10;
  let mostLostMs = 0;
  const noteTraining = (progress: StepProgress | undefined): void => {
    if (progress?.unit !== 'steps' || progress.done === undefined) return;
    const now = { done: progress.done, atMs: performance.now() };
    if (lastTraining !== undefined) {
      if (now.done < lastTraining.done) mostLostMs = Math.max(mostLostMs, (lastTraining.done - now.done) * stepMs);
      else if (now.done > lastTraining.done) stepMs = (now.atMs - lastTraining.atMs) / (now.done - lastTraining.done);
    }
    lastTraining = now;
  };
  return {
    async look() {
      try {
        const { raw, historyLength } = await handle.describe();
        const pending = raw.pendingActivities ?? [];
        const type = pending[0]?.activityType?.name ?? undefined;
        for (const activity of pending) {
          const data = activity.heartbeatDetails?.payloads?.[0]?.data;
          if (data) noteTraining(JSON.parse(Buffer.from(data).toString()) as StepProgress);
        }
        newest = {
          step: type?.replace('augmentPart', 'augment').replace('finishRun', 'publish') ?? newest?.step,
          historyLength,
          heartbeats: pending
            .map(
              ({ activityId, attempt, lastHeartbeatTime }) =>
                `${activityId}:${attempt}:${lastHeartbeatTime?.seconds}.${lastHeartbeatTime?.nanos}`,
            )
            .join(' '),
        };
        return newest;
      } catch {
        return undefined;
      }
    },
    mark: () => (newest === undefined ? '' : `${newest.historyLength} ${newest.heartbeats}`),
    mostLostMs: () => mostLostMs,
  };
}

/** Waits until all parts are ready and the run has shown a new sign of life. @returns milliseconds; undefined: it ended */
async function goingOn(options: {
  lane: Lane;
  watch: Watch;
  killedMs: number;
  isOver: () => boolean;
  before: string;
}): Promise<number | undefined> {
  const { lane, watch, killedMs, isOver } = options;
  let { before } = options;
  let wasWhole = false;
  while (performance.now() - killedMs < 3 * BACK_LIMIT_MS) {
    if (isOver()) return undefined;
    const sign = await watch.look();
    if (!wasWhole) {
      wasWhole = await lane.isWhole();
      before = watch.mark(); // a heartbeat that was under way is no sign
    } else if (sign !== undefined && watch.mark() !== before) return performance.now() - killedMs;
    await delay(LOOK_EVERY_MS);
  }
  return performance.now() - killedMs;
}

async function waitFor(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) return false;
    await delay(LOOK_EVERY_MS);
  }
  return true;
}
