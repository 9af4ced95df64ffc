import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFileStore } from '../../artifacts/file-store.ts';
import { describeStore } from '../contracts/store-contract.ts';

describeStore('file', {}, async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'digitflow-store-'));
  return {
    store: createFileStore({ root }),
    second: createFileStore({ root }),
    withoutBucket: () => createFileStore({ root: path.join(root, 'no such bucket') }),
    close: () => rm(root, { recursive: true }),
  };
});
