// Rounds of runs under kills, on stacks of their own, until so many kills were made.

import { createRandom } from '../../ml/random.ts';
import { type Lane, openLane } from './lane.ts';
import { type Kill, type RoundResult, runRound } from './round.ts';

export interface ChaosOptions {
  kills: number;
  seed: number;
  /** No round begins so long after a lane's undisturbed one, whose bits the others are compared with. */
  minutes: number;
  lanes: number;
  faults: boolean;
  /** @default 20 s */
  backLimitMs?: number;
  /** Of each run, a multiple of four. @default 1,200 */
  trainSteps?: number;
  say: (line: string) => void;
}

export interface ChaosResult {
  kills: number;
  /** Kills of runs about which nothing is to be said. */
  survived: number;
  problems: string[];
  rounds: RoundResult[];
}

/** So many kills a run leave it time to get somewhere between two of them. */
const KILLS_A_ROUND = 9;

export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  let left = options.kills;
  const rounds: RoundResult[] = [];
  const problems: string[] = [];

  const runLane = async (lane: Lane, index: number): Promise<void> => {
    try {
      let expectedState: string | undefined;
      let untilMs = Number.POSITIVE_INFINITY;
      for (let number = 0; number === 0 || (left > 0 && performance.now() < untilMs); number++) {
        const kills = number === 0 ? 0 : Math.min(left, KILLS_A_ROUND);
        left -= kills;
        const round = await runRound(lane, {
          workflowId: `chaos-${options.seed}-${index}-${number}`,
          kills,
          random: createRandom(options.seed, index, number),
          expectedState,
          backLimitMs: options.backLimitMs ?? 20_000,
          trainSteps: options.trainSteps,
          say: options.say,
        });
        left += kills - round.kills.length;
        expectedState ??= round.stateSha256;
        rounds.push(round);
        options.say(describe(round));
        if (number === 0) untilMs = performance.now() + options.minutes * 60_000;
        if (round.problems.length > 0) break; // its stack is kept to be looked at
        await lane.forget();
      }
      const { faults } = lane;
      if (faults) options.say(`faults of lane ${index}: ${JSON.stringify(faults.counts)}`);
    } finally {
      await lane.stop();
    }
  };
  const lanes: Promise<void>[] = [];
  for (let index = 0; index < options.lanes; index++) {
    const lane = await openLane({ faults: options.faults, seed: options.seed + index });
    lanes.push(runLane(lane, index));
  }
  await Promise.all(lanes);

  problems.push(...rounds.flatMap((round) => round.problems.map((problem) => `${round.workflowId}: ${problem}`)));
  const states = new Set(rounds.map(({ stateSha256 }) => stateSha256));
  if (states.size !== 1) problems.push(`${states.size} states, expected every run to end with the same`);
  const all = rounds.flatMap((round) => round.kills);
  const survived = rounds.filter((round) => round.problems.length === 0).flatMap((round) => round.kills).length;
  options.say(summary(all, rounds));
  return { kills: all.length, survived, problems, rounds };
}

function describe({ workflowId, kills, seconds, mostLostMs, stateSha256, problems }: RoundResult): string {
  const state = stateSha256?.slice(0, 12) ?? 'none';
  const verdict = problems.length === 0 ? '✔' : `✘ ${problems.join('; ')}`;
  return `${workflowId}  ${kills.length} kills  ${seconds.toFixed(0)} s  state ${state}  most lost ${(mostLostMs / 1000).toFixed(1)} s  ${verdict}`;
}

function summary(kills: Kill[], rounds: RoundResult[]): string {
  const times = kills.flatMap(({ backMs }) => (backMs === undefined ? [] : [backMs])).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    times.length === 0 ? '–' : (times[Math.min(times.length - 1, Math.floor(share * times.length))]! / 1000).toFixed(1);
  const atPoints = kills.filter(({ what }) => what.includes(' ')).length;
  const lost = Math.max(0, ...rounds.map(({ mostLostMs }) => mostLostMs)) / 1000;
  return (
    `${kills.length} kills, ${atPoints} of them at crash points; going on after: median ${at(0.5)} s, ` +
    `p95 ${at(0.95)} s, most ${at(1)} s; most training lost ${lost.toFixed(1)} s`
  );
}
