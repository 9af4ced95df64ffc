// `npm run test:clients`: the real clients of the protocols against a real inference worker, unmodified, from their own
// package registries. Needs python3 and a way to PyPI; the packages stay in the cache folder.
//
//   npm run test:clients -- [--store file:///folder]  [--record folder]
//
// Without a store a model with random weights is published into memory: everything about it is real but its skill.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pythonWith } from './clients-python.ts';
import { loadInTfjs } from './load-in-tfjs.ts';
import { startWorker } from './worker.ts';

const { values } = parseArgs({ options: { store: { type: 'string' }, record: { type: 'string' } } });

/** Runs check.py and gives its lines on. @returns what its last line says */
async function checkByPython(python: string, url: URL): Promise<{ passed: number; failed: number }> {
  const args = [path.join(import.meta.dirname, 'check.py'), url.host];
  if (values.record !== undefined) args.push('--record', path.resolve(values.record));
  const child = spawn(python, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    process.stdout.write(chunk);
  });
  await new Promise((resolve) => child.on('close', resolve));
  try {
    return JSON.parse(text.trim().split('\n').at(-1) ?? '') as { passed: number; failed: number };
  } catch {
    return { passed: 0, failed: 1 }; // it ended before it could say
  }
}

async function checkByTfjs(url: URL): Promise<{ passed: number; failed: number }> {
  try {
    const difference = await loadInTfjs(url);
    console.log(`ok    tf.loadLayersModel gives the golden probabilities (largest difference ${difference})`);
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.log('FAIL  tf.loadLayersModel', error);
    return { passed: 0, failed: 1 };
  }
}

const python = await pythonWith(path.join(import.meta.dirname, 'requirements.txt'));
const worker = await startWorker(values.store);
try {
  const results = [await checkByPython(python, worker.url), await checkByTfjs(worker.url)];
  const [passed, failed] = (['passed', 'failed'] as const).map((key) =>
    results.reduce((sum, one) => sum + one[key], 0),
  );
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await worker.close();
}
