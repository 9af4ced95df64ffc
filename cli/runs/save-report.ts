// Brings a run's report to a place where a browser can open it.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseRunStepRecord, type RunIdentity } from '../../artifacts/manifests.ts';
import { artifactRef } from '../../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { CommandFailed, NotFound } from '../errors.ts';
import { runName } from './run-name.ts';

/** Where `report` and `train` put it unless told otherwise. */
export const reportPath = (folder: string, identity: RunIdentity): string =>
  join(folder, `${runName(identity).replaceAll(/[^\w.@-]/g, '_')}.html`);

/** The report's ref, from what the run's evaluate step left. @throws NotFound when the run never got that far */
export async function reportOf(store: Store, identity: RunIdentity): Promise<ArtifactRef> {
  const stored = await store.get(keys.runStep(identity, 'evaluate'));
  const summary = stored === undefined ? undefined : parseRunStepRecord(stored.bytes, stored.key).summary;
  const ref = artifactRef.safeParse(summary?.['report']);
  if (!ref.success)
    throw new NotFound(
      `${identity.workflowId} has no report: its evaluate step is not finished. See \`npx digitflow show ${runName(identity)}\`.`,
    );
  return ref.data;
}

/** Writes the verified report. @throws DamagedArtifact, CommandFailed when the file can't be written */
export async function saveReport(store: Store, ref: ArtifactRef, path: string): Promise<void> {
  const bytes = await getBlob(store, ref);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  } catch (error) {
    throw new CommandFailed(`${path}: the report cannot be written there`, { cause: error });
  }
}
