// What is stored of a session. A module of its own: a worker without Temporal stores summaries, too.

import { isoNow, type Clock } from '../artifacts/clock.ts';
import type { SessionRecord } from '../artifacts/manifests.ts';
import type { SessionFigures } from '../inference/session-desk.ts';

/** A summary as it is stored. What was neither ended nor lost when it was last seen counts as lost. */
export function sessionRecordOf(worker: string, summary: SessionFigures, clock: Clock): SessionRecord {
  return {
    ...summary,
    schemaVersion: 1,
    kind: 'session',
    worker,
    state: summary.state === 'ended' ? 'ended' : 'lost',
    endedAt: summary.endedAt ?? isoNow(clock),
    reason: summary.reason ?? '',
  };
}
