// digitflow completion: the words of this command line, as a script for a shell.

import { Argument, type Command } from 'commander';
import { placesOf } from '../completion/grammar.ts';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts';
import type { CliContext } from '../context.ts';
import { addVerb } from '../verb.ts';

export function completionVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'completion',
    group: 'Stack:',
    summary: 'prints a script by which bash, zsh or fish completes verbs and options',
    details: "It completes `digitflow`; where that is not on the path: alias digitflow='npx digitflow'.",
    examples: [
      ['completion bash >> ~/.bashrc', 'bash, from the next shell on'],
      ['completion zsh > ~/.zfunc/_digitflow', 'zsh, in a folder of its fpath'],
      ['completion fish > ~/.config/fish/completions/digitflow.fish', 'fish'],
    ],
  })
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => {
      const script = completionScript(shell, program.name(), placesOf(program));
      context.terminal.document({ shell, script });
      context.terminal.print(script.trimEnd());
    });
}
