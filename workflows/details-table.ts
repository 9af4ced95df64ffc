// The run as a Markdown table, for the "current details" of Temporal's UI.

import type { Parking, RunProgress, StepName, StepView } from './contract.ts';

const SIGNS = { waiting: '·', running: '▶', computed: '✔', reused: '↺', resumed: '✔', failed: '✘' } as const;

/** One row a step: state, seconds, figures. Of a parked run also why, since when, and what to do. Under 4 KB. */
export function detailsTable({ model, state, steps, parking }: RunProgress, run: string): string {
  const rows = steps.map(
    (view) => `| ${SIGNS[view.state]} ${view.step} | ${view.state} | ${secondsOf(view)} | ${figuresOf(view)} |`,
  );
  return [
    `**${model}** · ${state}`,
    '',
    ...(parking === undefined ? [] : whatToDo(parking, run)),
    '| step | state | seconds | |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** A value that may well be what has to change. */
const EXAMPLES: Record<StepName, Record<string, unknown>> = {
  ingest: { 'ingest.maxRejectedRatio': 0.05 },
  preprocess: { 'preprocess.split': 'random' },
  augment: { 'augment.poolSize': 65_536 },
  train: { 'train.batchSize': 64 },
  evaluate: { 'evaluate.recallTarget': 0.95 },
  publish: { 'publish.alias': 'candidate' },
};

/** With the arguments as JSON, to be pasted into the form that the UI has for updates. */
function whatToDo({ parkingId, step, parkedAt, abandonedAt, failure, canSkip }: Parking, run: string): string[] {
  const json = (more: object): string => `\`${JSON.stringify({ parkingId, ...more })}\``;
  return [
    `**${step} needs attention** since ${parkedAt}; without a decision the run is abandoned at ${abandonedAt}.`,
    '',
    `> ${failure.type}: ${failure.message.slice(0, 500).replaceAll('\n', '\n> ')}`,
    '',
    'Mend the cause, then send an Update:',
    '',
    `- \`retryStep\` with ${json({})}, or with other values: ${json({ set: EXAMPLES[step] })}`,
    ...(canSkip ? [`- \`skipStep\` with ${json({})}: goes on without ${step}`] : []),
    `- \`abort\` with ${json({ reason: 'why' })}`,
    '',
    `Or on the command line: \`npx digitflow retry ${run}\`${canSkip ? `, \`npx digitflow skip ${run}\`` : ''}, \`npx digitflow abort ${run} --reason …\``,
    '',
  ];
}

const secondsOf = ({ seconds }: StepView): string => (seconds === undefined ? '' : seconds.toFixed(1));

function figuresOf({ summary, error }: StepView): string {
  if (error !== undefined) return error.split('\n')[0]!.replaceAll('|', '\\|').slice(0, 200);
  return Object.entries(summary ?? {})
    .flatMap(([name, value]) => {
      if (typeof value === 'number')
        return [`${name} ${Number.isInteger(value) ? value : Number(value.toPrecision(4))}`];
      // Of a digest its beginning tells it apart.
      return typeof value === 'string' ? [`${name} ${value.replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, '$1')}`] : [];
    })
    .join(', ')
    .slice(0, 200);
}
