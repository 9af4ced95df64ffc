// A session in words.

import type { SessionFigures } from '../../workflows/contract.ts';
import { duration, localTime } from '../format.ts';
import type { Terminal } from '../terminal.ts';

const counts = (numbers: Record<string, number>): string =>
  Object.entries(numbers)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`)
    .join(', ') || 'none';

export function paintSessionState(state: SessionFigures['state'], { colors }: Terminal): string {
  if (state === 'open') return colors.green(state);
  return state === 'lost' ? colors.red(state) : state === 'ended' ? state : colors.yellow(state);
}

/** One session as a row of `digitflow sessions`. */
export function sessionRow(figures: SessionFigures, terminal: Terminal): string[] {
  const { session, source, startedAt, frames, labels, latencyMs } = figures;
  return [
    session,
    paintSessionState(figures.state, terminal),
    source,
    localTime(startedAt),
    frames.answered.toLocaleString('en-US'),
    counts(labels),
    latencyMs.p50 > 0 ? `${latencyMs.p50.toFixed(1)} ms` : '',
  ];
}

/**
 * All that is known of one session: the same document and the same lines from every verb that shows one.
 * @param link the page's address, while the session is open and served somewhere
 */
export function tellSession(terminal: Terminal, figures: SessionFigures, link?: string): void {
  const { colors } = terminal;
  terminal.document({ ...figures, link: link ?? null });
  const { session, state, source, startedAt, endedAt, reason, frames, decisions, labels, latencyMs } = figures;
  terminal.print(`${colors.bold(session)}  ${paintSessionState(state, terminal)}${reason ? `, ${reason}` : ''}`);
  const took = endedAt === undefined ? '' : `, ${duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)}`;
  const facts: [string, string][] = [
    ['source', source],
    ['started', `${localTime(startedAt)}${took}`],
    ['frames', counts({ ...frames })],
    ['decisions', counts(decisions)],
    ['digits', counts(labels)],
    [
      'latency',
      `p50 ${latencyMs.p50.toFixed(1)} ms, p95 ${latencyMs.p95.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms`,
    ],
    ['model', figures.modelVersions.map((version) => `version ${version}`).join(', ') || 'none answered'],
    ['corrections', String(figures.corrections)],
    ...(link === undefined ? [] : [['link', link] satisfies [string, string]]),
  ];
  for (const [name, value] of facts) terminal.print(`  ${name.padEnd(12)} ${value}`);
}
