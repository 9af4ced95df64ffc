// A session as a Markdown table, for the "current details" of Temporal's UI.

import type { SessionFigures } from './contract.ts';

/** Under 2 KB. */
export function sessionTable(figures: SessionFigures, link: string | undefined): string {
  const { state, source, reason, frames, decisions, labels, latencyMs, modelVersions, corrections } = figures;
  const rows: [string, string][] = [
    ['frames', `${frames.received} received, ${frames.answered} answered, ${frames.dropped} dropped`],
    ['decisions', listed(decisions)],
    ['digits', listed(labels)],
    ['latency', `p50 ${ms(latencyMs.p50)}, p95 ${ms(latencyMs.p95)}, p99 ${ms(latencyMs.p99)}`],
    ['model versions', modelVersions.join(', ')],
    ['corrections', String(corrections)],
  ];
  return [
    `**${state}** · ${source}${reason === undefined ? '' : ` · ${reason.slice(0, 200)}`}`,
    ...(link === undefined ? [] : ['', link]),
    '',
    '| | |',
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`),
  ].join('\n');
}

const listed = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
    .slice(0, 400);

const ms = (value: number): string => `${value.toFixed(1)} ms`;
