// digitflow schema: what stands in the documents of --json.

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { WrongUse } from '../errors.ts';
import { addVerb, suggestion } from '../verb.ts';

export function schemaVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'schema [verb...]',
    group: 'Stack:',
    summary: "prints the JSON Schema of a verb's --json document; without a verb, those there are",
    details: '`error` is the document of any verb that fails.',
    examples: [
      ['schema', 'the verbs whose documents have one'],
      ['schema models export > export.schema.json', 'for a program that reads that document'],
      ['schema error', 'what stands there when a verb fails'],
    ],
    isLong: true,
  }).action((words: string[]) => schema(context, words.join(' ')));
}

async function schema({ terminal }: CliContext, verb: string): Promise<void> {
  const { documentSchema, DOCUMENTS, jsonSchemaOf } = await import('../documents/schemas.ts');
  if (verb === '') {
    terminal.document({ documents: DOCUMENTS });
    return terminal.print(DOCUMENTS.join('\n'));
  }
  if (documentSchema(verb) === undefined)
    throw new WrongUse(`schema: expected one of ${DOCUMENTS.join(', ')}, got ${verb}${suggestion(verb, DOCUMENTS)}`);
  const document = jsonSchemaOf(verb);
  terminal.document(document);
  terminal.print(JSON.stringify(document, null, 2));
}
