// Every verb of the command line with the examples of its help.

import type { Command } from 'commander';
import { openContext } from '../../cli/open-context.ts';
import { createProgram } from '../../cli/program.ts';
import { openTerminal } from '../../cli/terminal.ts';
import { descriptionOf } from '../../cli/verb.ts';

const silent = { write: () => true };

/** The grammar of a home that isn't there. */
export function everyVerb(): Command {
  const streams = { stdout: silent, stderr: silent };
  const terminal = openTerminal({ json: false, environment: {}, ...streams });
  const { signal } = new AbortController();
  return createProgram(openContext({ terminal, environment: {}, folder: '.', signal }), streams);
}

/** All verbs, those below others included, without the program itself. */
export const verbsOf = (command: Command): Command[] => command.commands.flatMap((verb) => [verb, ...verbsOf(verb)]);

/** e.g. `models export`. */
export const pathOf = (verb: Command): string =>
  verb.parent === null ? '' : `${pathOf(verb.parent)} ${verb.name()}`.trim();

/** The words of each example as a shell gives them: without quotes, and without what it redirects to. */
export const examplesOf = (verb: Command): { line: string; words: string[] }[] =>
  (descriptionOf(verb)?.examples ?? []).map(([line]) => ({ line, words: wordsOf(line) }));

/** As a shell takes a line apart. */
export const wordsOf = (line: string): string[] =>
  [...line.replace(/ >>? \S+$/, '').matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);

/** Examples that need no server, and no more than the home of test/cli/manners.test.ts has: they run there. */
export const runsAtHome = (line: string): boolean =>
  /^(runs|config|completion|reference|schema|compare|predict|sessions|gc|why my-run|show my-run@|datasets$|datasets list|datasets check \.\/|feedback$|feedback list|feedback export|models$|models (list|history|promote|rollback)|models show champion|models export champion --format onnx)/.test(
    line,
  );
