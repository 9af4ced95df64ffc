// One run of the pipeline under kills, from its start to its end. Says what was killed, how long it took until the run went
// on, how much training was lost, and everything that is not as promised.

import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { StepProgress } from '../../activities/step.ts';
import type { Random } from '../../ml/random.ts';
import { identify } from '../../setup/stack/process-identity.ts';
import {
  QUERIES,
  QUEUES,
  RUN_UPDATES,
  TRAIN_PIPELINE,
  type RunProgress,
  type RunResult,
} from '../../workflows/contract.ts';
import type { CrashPoint } from '../../workers/crash-points.ts';
import { checkCollection, checkRun } from './checks.ts';
import { childrenOf, type Lane, type PartName, type Victim } from './lane.ts';
import { planFirstPoint, planKill } from './plan.ts';

export interface Kill {
  /** A victim, or the point where the pipeline worker died. */
  what: string;
  /** The step that ran. */
  step: string;
  /** Until the run had gone on; undefined when it was over, or hit again, before. */
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
  /** A run that goes on later than this after a kill has not survived it. Infinity: the machine is busy, and no time is judged. */
  backLimitMs: number;
  /** @default 1,200 */
  trainSteps?: number | undefined;
  say: (line: string) => void;
}

/** An armed worker has this long to pass its point; then something is killed without one. */
const POINT_LIMIT_MS = 12_000;
/** The first point of a run may lie in its last step. */
const FIRST_POINT_LIMIT_MS = 90_000;
/** A run that shows no sign for so long is looked at no more. */
const GIVE_UP_MS = 120_000;
/** A child may outlive its worker by this. */
const ORPHAN_LIMIT_MS = 2_000;
/** One checkpoint interval, and the time in which a checkpoint travels. */
const LOST_LIMIT_MS = 11_000;
/** A store that is busy or loses answers keeps a checkpoint waiting for some retries. */
const LOST_LIMIT_WITH_FAULTS_MS = 20_000;
const LOOK_EVERY_MS = 100;
const PARKING_LOOK_MS = 2_000;
const ROUND_LIMIT_MS = 15 * 60_000;

/** 400 images, a small pool; by default 20 s of training on a quiet core. */
const smallRun = (data: string, trainSteps: number) => ({
  ingest: { source: { kind: 'folder', path: data } },
  preprocess: { split: 'random' },
  augment: { poolSize: 4_096, parts: 2, shares: {} },
  train: { trainSteps, validationEverySteps: trainSteps / 4 },
});

export async function runRound(lane: Lane, options: RoundOptions): Promise<RoundResult> {
  const { workflowId, random, expectedState } = options;
  const startedMs = performance.now();
  const problems: string[] = [];
  if (options.kills > 0) await beginArmed(lane, planFirstPoint(random));
  const start = (id: string) =>
    lane.client.workflow.start(TRAIN_PIPELINE, {
      workflowId: id,
      taskQueue: QUEUES.pipeline,
      args: [smallRun(lane.data, options.trainSteps ?? 1_200)],
    });
  const handle = await start(workflowId);
  const run: WatchedRun = { ...createWatch(handle), isOver: () => ended, problems, orphans: [] };
  let ended = false;
  const helper = decideParkings(handle, { isOver: () => ended, problems, say: options.say });
  const end = handle
    .result()
    .catch((error: Error) => problems.push(`the run failed: ${error.message} ${String(error.cause)}`))
    .finally(() => (ended = true));

  const kills = await killAgainAndAgain(lane, run, options);
  lane.arm(undefined);
  await Promise.race([end, delay(ROUND_LIMIT_MS, undefined, { ref: false })]);
  if (run.isOver()) await helper;
  else problems.push(`the run did not end within ${ROUND_LIMIT_MS / 60_000} minutes`);
  await Promise.all(run.orphans);
  const mostLostMs = run.mostLostMs();
  if (areTimesJudged(options) && mostLostMs > (lane.faults ? LOST_LIMIT_WITH_FAULTS_MS : LOST_LIMIT_MS))
    problems.push(`${Math.round(mostLostMs)} ms of training were done again`);
  await waitFor(() => lane.isWhole(), GIVE_UP_MS);
  const checked = await checkRun(lane, { workflowId, firstExecutionRunId: handle.firstExecutionRunId });
  problems.push(...checked.problems);
  if (expectedState !== undefined && checked.stateSha256 !== expectedState)
    problems.push(`state ${checked.stateSha256}, expected that of an undisturbed run: ${expectedState}`);
  const repeat = async () => (await (await start(`${workflowId}-again`)).result()) as RunResult;
  if (problems.length === 0) problems.push(...(await checkCollection(lane, repeat)));
  const seconds = (performance.now() - startedMs) / 1000;
  return { workflowId, kills, stateSha256: checked.stateSha256, seconds, mostLostMs, problems };
}

/** Starts the pipeline worker again, to die at the point; this end of its life is not counted. */
async function beginArmed(lane: Lane, point: CrashPoint): Promise<void> {
  const died = deathWatch(lane, 'pipeline-worker');
  lane.arm(point);
  await killNow(lane, 'pipeline-worker');
  await waitFor(died, GIVE_UP_MS);
  await waitFor(() => lane.isWhole(), GIVE_UP_MS);
}

interface WatchedRun extends Watch {
  isOver(): boolean;
  problems: string[];
  /** Looks after children of killed workers. */
  orphans: Promise<void>[];
}

const areTimesJudged = ({ backLimitMs }: RoundOptions): boolean => Number.isFinite(backLimitMs);

/** Kills, waits until the run goes on, kills again: until so many kills were made or the run is over. */
async function killAgainAndAgain(lane: Lane, run: WatchedRun, options: RoundOptions): Promise<Kill[]> {
  const kills: Kill[] = [];
  let plan = planKill(options.random, 'resolveRun');
  /** So long the worker that was just started has to pass its point. */
  let pointLimitMs: number | undefined = FIRST_POINT_LIMIT_MS;
  while (kills.length < options.kills) {
    const died = deathWatch(lane, 'pipeline-worker');
    const step = (await run.look())?.step ?? '?';
    const children = await childrenOf((await lane.pidOf('pipeline-worker')) ?? -1);
    lane.arm(plan.point); // however this one ends, the next is told where to die before it is started
    const isHitOrOver = async (): Promise<boolean> => {
      await run.look(); // often, so that what is lost is known to the step
      return run.isOver() || died();
    };
    await waitFor(isHitOrOver, pointLimitMs ?? plan.afterMs);
    if (run.isOver()) break;
    const isHit = died();
    let what = isHit ? lane.pointOfWorker() : await killNow(lane, plan.victim);
    if (what === 'pipeline-worker') await waitFor(died, GIVE_UP_MS);
    const isNewWorker = died();
    pointLimitMs = isNewWorker && plan.point !== undefined ? POINT_LIMIT_MS : undefined;
    plan = planKill(options.random, step);
    if (what === undefined) continue; // nobody to kill at this moment, e.g. no trainer
    let killedMs = isNewWorker ? lane.deaths.at(-1)!.atMs : performance.now();
    const limitMs = areTimesJudged(options) ? ORPHAN_LIMIT_MS : GIVE_UP_MS;
    if (isNewWorker) run.orphans.push(reportOrphans({ children, killedMs, what, limitMs, problems: run.problems }));
    for (;;) {
      const diedAgain = deathWatch(lane, 'pipeline-worker');
      const backMs = await goingOn(lane, run, { killedMs, diedAgain });
      kills.push({ what, step, backMs });
      const isOver = run.isOver() ? 'the run was over' : 'it died at its point before the run went on';
      const back = backMs === undefined ? isOver : `on again in ${(backMs / 1000).toFixed(1)} s`;
      options.say(`${options.workflowId}  kill ${kills.length}  ${what} in ${step}: ${back}`);
      if (backMs !== undefined && backMs > options.backLimitMs)
        run.problems.push(`${what} in ${step}: on again after ${Math.round(backMs)} ms, not ${options.backLimitMs}`);
      if (backMs !== undefined || run.isOver()) break;
      what = lane.pointOfWorker();
      killedMs = lane.deaths.at(-1)!.atMs;
      pointLimitMs = undefined;
    }
  }
  return kills;
}

/** What may park a run here: three trainers killed in one step. A person would look, and say `retry`. */
async function decideParkings(
  handle: WorkflowHandle,
  { isOver, problems, say }: { isOver: () => boolean; problems: string[]; say: (line: string) => void },
): Promise<void> {
  while (!isOver()) {
    await delay(PARKING_LOOK_MS);
    const progress = await handle.query<RunProgress>(QUERIES.progress).catch(() => undefined);
    const parking = progress?.parking;
    if (parking === undefined) continue;
    const { parkingId, step, failure } = parking;
    say(`${handle.workflowId}  parked: ${step}, ${failure.type}`);
    if (failure.type !== 'TrainerCrashed') problems.push(`parked at ${step}: ${failure.type} ${failure.message}`);
    await handle.executeUpdate(RUN_UPDATES.retryStep, { args: [{ parkingId }] }).catch(() => undefined);
  }
}

/** Tells whether a part has died since this was made. */
function deathWatch(lane: Lane, part: PartName): () => boolean {
  const since = lane.deaths.length;
  return () => lane.deaths.slice(since).some((death) => death.part === part);
}

async function killNow(lane: Lane, victim: Victim): Promise<string | undefined> {
  const pid = await lane.pidOf(victim);
  if (pid === undefined) return undefined;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined; // it ended by itself meanwhile
    throw error;
  }
  return victim;
}

interface Orphans {
  children: number[];
  killedMs: number;
  what: string;
  limitMs: number;
  problems: string[];
}

async function reportOrphans({ children, killedMs, what, limitMs, problems }: Orphans): Promise<void> {
  const left = (): number[] => children.filter((pid) => identify(pid) !== undefined);
  await waitFor(() => left().length === 0, limitMs - (performance.now() - killedMs));
  for (const pid of left()) problems.push(`${what}: child ${pid} outlived it by ${limitMs} ms`);
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
  let lastTraining: { done: number; atMs: number; attempt: number } | undefined;
  /** Of each pair of sightings of one attempt. Some pairs lie around a wait, e.g. for the store: the middle tells. */
  const millisAStep: number[] = [];
  let mostLostSteps = 0;
  const noteTraining = (progress: StepProgress | undefined, attempt: number): void => {
    if (progress?.unit !== 'steps' || progress.done === undefined) return;
    const now = { done: progress.done, atMs: performance.now(), attempt };
    if (lastTraining !== undefined) {
      const steps = now.done - lastTraining.done;
      mostLostSteps = Math.max(mostLostSteps, -steps);
      if (steps > 0 && attempt === lastTraining.attempt) millisAStep.push((now.atMs - lastTraining.atMs) / steps);
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
          if (data) noteTraining(JSON.parse(Buffer.from(data).toString()) as StepProgress, activity.attempt ?? 1);
        }
        newest = {
          step: type?.replace('augmentPart', 'augment').replace('finishRun', 'publish') ?? newest?.step,
          historyLength,
          heartbeats: pending
            .map(
              ({ activityId, attempt, lastHeartbeatTime }) =>
                `${activityId}:${attempt}:${JSON.stringify(lastHeartbeatTime)}`,
            )
            .join(' '),
        };
        return newest;
      } catch {
        return undefined;
      }
    },
    mark: () => (newest === undefined ? '' : `${newest.historyLength} ${newest.heartbeats}`),
    mostLostMs: () => (mostLostSteps === 0 ? 0 : mostLostSteps * medianOf(millisAStep)),
  };
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * Waits until all parts are ready and the run has shown a new sign of life.
 * @returns milliseconds; undefined: it ended, or its worker died at another crash point
 */
async function goingOn(
  lane: Lane,
  run: WatchedRun,
  { killedMs, diedAgain }: { killedMs: number; diedAgain: () => boolean },
): Promise<number | undefined> {
  let before: string | undefined;
  while (performance.now() - killedMs < GIVE_UP_MS) {
    if (run.isOver() || diedAgain()) return undefined;
    const sign = await run.look();
    if (before === undefined) {
      if (lane.isWhole()) before = run.mark(); // a heartbeat that was under way is no sign
    } else if (sign !== undefined && run.mark() !== before) break;
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
