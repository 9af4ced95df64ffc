// Starts the inference worker from its bundle, which loads in a third of the time that compiling 150 modules one by one
// takes. A bundle whose sources have changed is made anew by a process of its own; where that fails, the sources run.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundlePlaces, freshBundle } from '../setup/bundles/fresh-bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { folder, noteFile } = bundlePlaces(root, 'inference');
const standing = () => freshBundle(root, folder, noteFile);

const bundle = (await standing()) ?? ((await make()) ? await standing() : undefined);
if (bundle === undefined) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./inference.ts');
} else await import(pathToFileURL(bundle).href).catch(giveUp);

/** In words: left to Node, an error would be printed behind the whole line of the bundle that threw it. */
function giveUp(error) {
  process.stderr.write(`the inference worker can't start: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

/** Whether it was made; why not stands in the log. A second worker that makes it at the same time is no harm. */
function make() {
  return new Promise((resolve) => {
    const program = join(root, 'setup', 'bundles', 'make-bundle.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, 'inference'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
