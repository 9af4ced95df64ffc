// What can stand where on a command line, read off the commands themselves.

import type { Command, Option } from 'commander';

export interface Word {
  text: string;
  meaning: string;
}

/** One verb, or the program itself. */
export interface Place {
  /** Verbs on the way, e.g. `models show`; empty for the program. */
  path: string;
  verbs: Word[];
  options: (Word & { takesValue: boolean; values: string[] })[];
  /** What its first argument may be, where that is known. */
  values: string[];
}

export function placesOf(program: Command): Place[] {
  const visit = (command: Command, path: string): Place[] => {
    const verbs = command.createHelp().visibleCommands(command);
    const place: Place = {
      path,
      verbs: verbs.map((verb) => ({ text: verb.name(), meaning: verb.summary() || verb.description() })),
      options: command.createHelp().visibleOptions(command).map(wordsOf),
      values: command.registeredArguments[0]?.argChoices ?? [],
    };
    const below = verbs.filter((verb) => verb.name() !== 'help');
    return [place, ...below.flatMap((verb) => visit(verb, `${path} ${verb.name()}`.trim()))];
  };
  return visit(program, '');
}

const wordsOf = ({ long, short, description, required, optional, argChoices }: Option) => ({
  text: long ?? short ?? '',
  meaning: description,
  takesValue: required || optional,
  values: argChoices ?? [],
});
