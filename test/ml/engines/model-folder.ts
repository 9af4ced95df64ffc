import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplaceModel, WithModelFolder } from '../../../ml/engines/graph/session.ts';

/** Lends a new temporary folder with the model in it. */
export const withModelFolder: WithModelFolder = async (savedModel, use) => {
  const folder = await mkdtemp(join(tmpdir(), 'digitflow-graph-'));
  try {
    const write: ReplaceModel = (model) => writeFile(join(folder, 'saved_model.pb'), model);
    await write(savedModel);
    return await use(folder, write);
  } finally {
    await rm(folder, { recursive: true });
  }
};
