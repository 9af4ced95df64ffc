// The whole grammar as data: what help, the reference and the man page say alike.

import type { Argument, Command, Option } from 'commander';
import { descriptionOf, EVERY_VERB } from '../verb.ts';

export interface ReferenceOption {
  /** e.g. `--to <folder>`. */
  flags: string;
  meaning: string;
  choices: readonly string[];
  /** As text; undefined where there is none. */
  default: string | undefined;
  isMandatory: boolean;
}

export interface ReferenceVerb {
  /** e.g. `models export`. */
  path: string;
  /** With arguments, e.g. `models export <version>`. */
  usage: string;
  group: string;
  summary: string;
  details: string | undefined;
  values: { name: string; choices: readonly string[] }[];
  /** Without those of every verb. */
  options: ReferenceOption[];
  examples: readonly (readonly [command: string, meaning: string])[];
}

/** Every verb in the order of the help, those below others right behind them. */
export function referenceOf(program: Command): ReferenceVerb[] {
  const visit = (command: Command, path: string): ReferenceVerb[] =>
    command.commands.flatMap((verb) => {
      const description = descriptionOf(verb);
      if (description === undefined) return [];
      const own = `${path} ${verb.name()}`.trim();
      return [describe(verb, own, description), ...visit(verb, own)];
    });
  return visit(program, '');
}

/** What each verb takes beside its own. */
export const commonOptions = (program: Command): ReferenceOption[] =>
  [program.commands.find((verb) => descriptionOf(verb)?.isLong === true)]
    .flatMap((verb) => [...(verb?.options ?? [])])
    .filter(isCommon)
    .map(optionOf);

const isCommon = ({ helpGroupHeading }: Option): boolean => helpGroupHeading === EVERY_VERB;

function describe(
  verb: Command,
  path: string,
  { group, summary, details, examples }: NonNullable<ReturnType<typeof descriptionOf>>,
): ReferenceVerb {
  const words = verb.registeredArguments.map(argumentText);
  return {
    path,
    usage: [path, ...words].join(' '),
    group: group.replace(/:$/, ''),
    summary,
    details,
    values: verb.registeredArguments
      .filter(({ argChoices }) => argChoices !== undefined)
      .map((argument) => ({ name: argument.name(), choices: argument.argChoices ?? [] })),
    options: verb.options.filter((option) => !isCommon(option) && !option.hidden).map(optionOf),
    examples,
  };
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

const optionOf = ({ flags, description, argChoices, defaultValue, negate, mandatory }: Option): ReferenceOption => ({
  flags,
  meaning: description,
  choices: argChoices ?? [],
  default: negate || defaultValue === undefined || description.includes('default:') ? undefined : String(defaultValue),
  isMandatory: mandatory,
});
