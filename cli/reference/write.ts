// `npm run reference`: writes docs/reference.md, docs/digitflow.1 and docs/schemas/ anew. A test says when they are stale.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkoutFolder } from '../../config/home.ts';
import { schemaFiles } from '../documents/schemas.ts';
import { openContext } from '../open-context.ts';
import { createProgram } from '../program.ts';
import { openTerminal } from '../terminal.ts';
import { manPage } from './man.ts';
import { markdownReference } from './markdown.ts';
import { readReference } from './reference.ts';

const streams = { stdout: process.stdout, stderr: process.stderr };
const terminal = openTerminal({ json: false, environment: {}, ...streams });
const { signal } = new AbortController();
const program = createProgram(openContext({ terminal, environment: {}, folder: '.', signal }), streams);
const reference = readReference(program);
writeFileSync(path.join(checkoutFolder, 'docs', 'reference.md'), markdownReference(reference));
writeFileSync(path.join(checkoutFolder, 'docs', 'digitflow.1'), manPage(reference));

const schemas = path.join(checkoutFolder, 'docs', 'schemas');
rmSync(schemas, { recursive: true, force: true });
mkdirSync(schemas);
for (const { name, text } of schemaFiles()) writeFileSync(path.join(schemas, name), text);
