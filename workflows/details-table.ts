// The run as a Markdown table, for the "current details" of Temporal's UI.

import type { RunProgress, StepView } from './contract.ts';

const SIGNS = { waiting: '·', running: '▶', computed: '✔', reused: '↺', resumed: '✔', failed: '✘' } as const;

/** One row a step: state, seconds, figures. Under 2 KB. */
export function detailsTable({ model, state, steps }: RunProgress): string {
  const rows = steps.map(
    (view) => `| ${SIGNS[view.state]} ${view.step} | ${view.state} | ${secondsOf(view)} | ${figuresOf(view)} |`,
  );
  return [`**${model}** · ${state}`, '', '| step | state | seconds | |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
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
