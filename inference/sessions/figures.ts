// What is counted of one session, in fixed memory.

import { isoNow, type Clock } from '../../artifacts/clock.ts';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import type { Decision } from '../../ml/decision.ts';
import type { SessionFigures, SessionSource, SessionState } from '../session-desk.ts';
import { createLatencyHistogram } from './latency-histogram.ts';

/** Digits (ids) whose counted labels are remembered: ids never come back, so old ones can go. */
const MOST_IDS = 256;
/** Versions listed; a worker that swaps for weeks lists its first and last ones. */
const MOST_VERSIONS = 200;

export interface SessionTally {
  received(): void;
  dropped(count: number): void;
  answered(answer: { decision: Decision; digits: readonly TrackedDigit[]; version: number; latencyMs: number }): void;
  corrected(change: 1 | -1): void;
  /** @param reason why it ended, where it has */
  figures(state: SessionState, reason?: string): SessionFigures;
}

/** @param options.session its name; it is counted from now on */
export function createTally(options: { session: string; source: SessionSource; clock: Clock }): SessionTally {
  const { session, source, clock } = options;
  const startedAt = isoNow(clock);
  const frames = { received: 0, answered: 0, dropped: 0 };
  const decisions = { digit: 0, uncertain: 0, none: 0 };
  const labels: Record<string, number> = {};
  const latency = createLatencyHistogram();
  const modelVersions: number[] = [];
  const labelsById = new Map<number, Set<string>>();
  let corrections = 0;
  let endedAt: string | undefined;

  const countLabel = ({ id, label, decision }: TrackedDigit): void => {
    if (decision !== 'digit') return;
    let counted = labelsById.get(id);
    if (counted === undefined) {
      labelsById.set(id, (counted = new Set()));
      if (labelsById.size > MOST_IDS) labelsById.delete(labelsById.keys().next().value!);
    }
    if (counted.has(label)) return;
    counted.add(label);
    labels[label] = (labels[label] ?? 0) + 1;
  };

  return {
    received: () => void frames.received++,
    dropped: (count) => void (frames.dropped += count),
    answered({ decision, digits, version, latencyMs }) {
      frames.answered++;
      decisions[decision]++;
      latency.record(latencyMs);
      digits.forEach(countLabel);
      if (modelVersions.at(-1) === version) return;
      if (modelVersions.length === MOST_VERSIONS) modelVersions.pop();
      modelVersions.push(version);
    },
    corrected: (change) => void (corrections += change),
    figures(state, reason) {
      if (state === 'ended' || state === 'lost') endedAt ??= isoNow(clock);
      return {
        session,
        state,
        source,
        startedAt,
        ...(endedAt !== undefined && { endedAt }),
        ...(reason !== undefined && { reason }),
        frames: { ...frames },
        decisions: { ...decisions },
        labels: { ...labels },
        latencyMs: latency.percentiles(),
        modelVersions: [...modelVersions],
        corrections,
      };
    },
  };
}
