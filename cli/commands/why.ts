// digitflow why: what made a step of a run compute, or let it be reused.

import type { Command } from 'commander';
import type { StepAttempt } from '../../artifacts/manifests.ts';
import type { CliContext } from '../context.ts';
import { NotFound } from '../errors.ts';
import { localTime } from '../format.ts';
import { runName } from '../runs/run-name.ts';
import { findRun } from '../runs/runs.ts';
import { compareSteps, type ComparedStep, type KeyedStep, readKeyedSteps, runToCompare } from '../runs/why.ts';
import { describeDifference } from '../runs/why-words.ts';
import { addVerb, suggestion } from '../verb.ts';

/** Differences shown to people; --json has all. */
const SHOWN = 12;

export function whyVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'why <run> <step>',
    group: 'Runs:',
    summary: 'says what made a step run again, or let it be reused',
    details:
      'Names the first difference in code (which module), packages, inputs (and the step they come from), parameters\n' +
      'or engine to the step of another run: the one before, unless --against names it. Reads the store alone.',
    examples: [
      ['why latest train', 'the newest run beside the one before it'],
      ['why my-run evaluate --against other-run@4f1c22ab', 'two certain runs'],
      ['why latest augment-2 --json', 'one part of the pool; every difference'],
    ],
    isLong: true,
  })
    .option('--against <run>', 'the run to compare with')
    .action((run: string, step: string, options: { against?: string }) => why(context, run, step, options));
}

async function why(context: CliContext, text: string, name: string, options: { against?: string }): Promise<void> {
  const { terminal } = context;
  const sources = { store: await context.store(), temporal: undefined };
  const { identity } = await findRun(sources, text);
  const steps = await readKeyedSteps(sources.store, identity);
  const step = stepOf(steps, name, runName(identity));
  const against =
    options.against === undefined
      ? await runToCompare(sources.store, identity, name)
      : (await findRun(sources, options.against)).identity;
  const others = against === undefined ? [] : await readKeyedSteps(sources.store, against);
  const other = against === undefined ? undefined : stepOf(others, name, runName(against));
  const compared = compareSteps(others, steps, name);
  const explained = { run: runName(identity), step, against: against && runName(against), other, compared };
  const answer = sentence(explained);
  terminal.document({
    run: explained.run,
    step: name,
    state: step.ofRun.state,
    stepKey: step.ofRun.stepKey,
    computedBy: step.record === undefined ? null : runName(step.record.madeBy),
    against:
      other === undefined ? null : { run: explained.against, state: other.ofRun.state, stepKey: other.ofRun.stepKey },
    sameKey: other === undefined ? null : other.ofRun.stepKey === step.ofRun.stepKey,
    first: compared === undefined ? null : (rootOf(compared).differences[0] ?? null),
    compared: compared ?? null,
    answer,
  });
  terminal.print(answer);
  if (compared === undefined || compared.differences.length === 0) return;
  terminal.print();
  for (let at: ComparedStep | undefined = compared; at !== undefined; at = at.because) {
    terminal.print(`  ${terminal.colors.bold(at.step)}`);
    for (const each of at.differences.slice(0, SHOWN)) terminal.print(`    ${describeDifference(each)}`);
    if (at.differences.length > SHOWN) terminal.print(`    and ${at.differences.length - SHOWN} more (--json)`);
    if (at.differences.length === 0) terminal.print('    the same key, and yet other bytes');
  }
}

/** @throws NotFound */
function stepOf(steps: readonly KeyedStep[], name: string, run: string): KeyedStep {
  const found = steps.find((step) => step.name === name);
  if (found !== undefined) return found;
  const known = steps.map((step) => step.name);
  throw new NotFound(
    known.length === 0
      ? `${run} has finished no step yet`
      : `${run} has finished no step named ${name}${suggestion(name, known)}; it has ${known.join(', ')}`,
  );
}

interface Explained {
  run: string;
  step: KeyedStep;
  against: string | undefined;
  other: KeyedStep | undefined;
  compared: ComparedStep | undefined;
}

/** One or two sentences for people. */
function sentence({ run, step, against, other, compared }: Explained): string {
  const { name, ofRun, record } = step;
  const begin = `${name} of ${run} was ${ofRun.state}`;
  if (name === 'publish')
    return `${begin}: publish is never reused by key. It finds out by content what is published already, and is \`reused\` when there was nothing to do.`;
  if (record === undefined)
    return `${begin}; its record was collected since or can't be read, so nothing more is known of it.`;
  const maker = ofRun.state === 'reused' ? ` what ${madeBy(record.madeBy, record.recordedAt)}` : '';
  if (other === undefined || against === undefined)
    return `${begin}${maker === '' ? '' : `:${maker}`}: no other run has this step to compare with.`;
  if (compared === undefined)
    return `${begin}${maker === '' ? '' : `:${maker}`}. The record of ${against} was collected since or can't be read: there is nothing to compare with.`;
  const [first] = compared.differences;
  if (first === undefined)
    return ofRun.state === 'reused'
      ? `${begin}:${maker}. Code, packages, inputs, parameters and engine are those of ${against}.`
      : `${begin}. ${against} has the same key: ${runName(record.madeBy) === run ? 'it came after, or what it made was damaged or gone' : `${madeBy(record.madeBy, record.recordedAt)} finished first`}.`;
  const chain = causes(compared);
  return ofRun.state === 'reused'
    ? `${begin}:${maker}. From ${against} it differs by ${chain}.`
    : `${begin}, because it differs from ${against} by ${chain}.${onlyEngine(compared)}`;
}

const madeBy = (attempt: StepAttempt, at: string): string => `${runName(attempt)} computed at ${localTime(at)}`;

/** The first difference, followed to where an input comes from. */
function causes({ differences, because }: ComparedStep): string {
  const [first] = differences;
  const more = differences.length > 1 ? ` (the first of ${differences.length} differences)` : '';
  if (first === undefined) return 'other bytes that the same key gave';
  if (first.kind !== 'input' || because === undefined) return `${describeDifference(first)}${more}`;
  return `input ${first.input}${more}, which follows from ${because.step}: ${causes(because)}`;
}

const rootOf = (compared: ComparedStep): ComparedStep =>
  compared.differences[0]?.kind === 'input' && compared.because !== undefined ? rootOf(compared.because) : compared;

const onlyEngine = ({ differences }: ComparedStep): string =>
  differences.every(({ kind }) => kind === 'engine') ? ' With `--engine-match any` it would have been taken.' : '';
