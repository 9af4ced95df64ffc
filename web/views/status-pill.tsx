// Who reads now, in one word; the rest is in its tooltip and in the switch beside the figures.

import type { Phase } from '../session/connection.ts';
import type { Reader } from '../session/where.ts';
import { usePage } from './page-context.ts';

export function StatusPill() {
  const page = usePage();
  const { phase, reader, pausedBecause } = page;
  const { tone, text, detail } = statusOf(phase.value, reader.value, pausedBecause.value);
  return (
    <>
      <p class={`pill ${tone}`} title={detail} data-testid="status">
        <span class="dot" />
        {text}
      </p>
      {phase.value.phase === 'ended' && (
        <button type="button" class="link" onClick={() => page.connect()}>
          New session
        </button>
      )}
    </>
  );
}

interface Status {
  tone: 'good' | 'busy' | 'bad';
  text: string;
  detail: string;
}

function statusOf(phase: Phase, reader: Reader, pausedBecause: string | undefined): Status {
  if (pausedBecause !== undefined) return { tone: 'busy', text: 'Paused', detail: pausedBecause };
  if (reader === 'browser') {
    const detail =
      phase.phase === 'open' ? 'You chose to read in this browser.' : 'The worker is away; this browser reads.';
    return { tone: phase.phase === 'open' ? 'good' : 'busy', text: 'In this browser', detail };
  }
  switch (phase.phase) {
    case 'open':
      return { tone: 'good', text: 'Connected', detail: 'The worker reads.' };
    case 'connecting':
      return { tone: 'busy', text: 'Connecting', detail: 'Asking the worker for a session.' };
    case 'waiting':
      return { tone: 'busy', text: 'Reconnecting', detail: `Trying again soon: ${phase.reason}.` };
    case 'refused':
      return { tone: 'bad', text: 'Refused', detail: phase.reason || 'The worker turned this page away.' };
    case 'ended':
      return { tone: 'bad', text: 'Ended', detail: phase.reason };
  }
}
