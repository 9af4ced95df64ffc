// digitflow reference: everything that the helps say, in one piece.

import { Option, type Command } from 'commander';
import type { CliContext } from '../context.ts';
import { manPage } from '../reference/man.ts';
import { markdownReference } from '../reference/markdown.ts';
import { readReference } from '../reference/reference.ts';
import { addVerb } from '../verb.ts';

const FORMATS = ['markdown', 'man'] as const;

export function referenceVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'reference',
    group: 'Stack:',
    summary: 'prints the whole reference: every verb with its options and examples',
    examples: [
      ['reference', 'as Markdown, as it stands in docs/reference.md'],
      ['reference --format man > digitflow.1', 'as a man page: man ./digitflow.1'],
      ['reference --json', 'for programs'],
    ],
    isLong: true,
  })
    .addOption(new Option('--format <format>', 'how it is written').choices(FORMATS).default('markdown'))
    .action(({ format }: { format: (typeof FORMATS)[number] }) => {
      const reference = readReference(program);
      context.terminal.document(reference);
      context.terminal.print((format === 'man' ? manPage(reference) : markdownReference(reference)).trimEnd());
    });
}
