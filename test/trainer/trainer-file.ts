import path from 'node:path';
import { bundleCode } from '../../workers/code.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** Bundles an entry of the trainer child as a worker does; gives the file. */
export async function trainerFile(entry = 'workers/trainer.ts'): Promise<string> {
  return (await bundleCode(root, { trainer: entry })).trainer.file;
}
