// What all verbs have in common: a group in the help, examples, --json, --quiet, --no-pager.

import { Option, type Command } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { WrongUse } from './errors.ts';

export interface VerbDescription {
  /** With arguments, e.g. `show [run]`. */
  name: string;
  group: 'Stack:' | 'Runs:' | 'Datasets:' | 'Models:' | 'Sessions:';
  summary: string;
  /** More than the summary, for the verb's own help. */
  details?: string;
  /** A command without `npx digitflow`, and what it does. */
  examples: readonly (readonly [command: string, meaning: string])[];
  /** Its answer may be longer than a screen, and is shown page by page on a terminal. @default false */
  isLong?: boolean;
}

export const EVERY_VERB = 'Options of every verb:';

/** What each command was made from: help, reference and tests read it. */
const descriptions = new WeakMap<Command, VerbDescription>();

/** Undefined for the program itself. */
export const descriptionOf = (command: Command): VerbDescription | undefined => descriptions.get(command);

/** Adds a verb under `parent`. */
export function addVerb(parent: Command, description: VerbDescription): Command {
  const { name, group, summary, details, examples, isLong = false } = description;
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, meaning]) => `  $ npx digitflow ${command.padEnd(width)}  ${meaning}`);
  const common = (flags: string, meaning: string): Option => new Option(flags, meaning).helpGroup(EVERY_VERB);
  const verb = parent
    .command(name)
    .helpGroup(group)
    .summary(summary)
    .description(details === undefined ? `${summary}.` : `${summary}.\n\n${details}`)
    .addOption(common('--json', 'prints one JSON document'))
    .addOption(common('--quiet', 'no progress: the answer and errors only'))
    .addHelpOption(common('-h, --help', 'shows help'))
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
    .showHelpAfterError(
      `See \`npx digitflow ${parent.parent === null ? '' : `${parent.name()} `}${name.split(' ')[0]} --help\`.`,
    );
  if (isLong) verb.addOption(common('--no-pager', 'prints a long answer at once'));
  descriptions.set(verb, description);
  return verb;
}

/** What a verb does without one of its words. @throws WrongUse when another word is given, with the nearest */
export function withoutWord(verb: Command, words: readonly string[], act: () => void | Promise<void>): void {
  verb.allowExcessArguments().action((_options: unknown, { args: [word] }: Command) => {
    if (word === undefined) return act();
    throw new WrongUse(`${verb.name()}: expected ${words.join(', ')}, got ${word}${suggestion(word, words)}`);
  });
}

/** e.g. ` (did you mean show?)`; empty when nothing known is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const nearest = closest(word, known);
  return distance(word, nearest) <= Math.max(2, nearest.length / 3) ? ` (did you mean ${nearest}?)` : '';
}

/** Collects an option that may be given several times. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];

/** A parser for options that count something. @throws WrongUse */
export function positiveInteger(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new WrongUse(`${option}: expected a whole number of at least 1, got ${JSON.stringify(text)}`);
    return value;
  };
}
