// The PNGs of an archive in memory, as both sides read them before their clocks run.

import { list } from 'tar';

/** Thrown when an archive has nothing to measure with. */
export class NoImages extends Error {
  override readonly name = 'NoImages';
}

export interface ArchiveFiles {
  files: Buffer[];
  /** [files] class index: folder Sample001 is 0. */
  labels: Int32Array;
}

/** @throws NoImages, the file system's and tar's errors */
export async function readArchiveFiles(archive: string): Promise<ArchiveFiles> {
  const found: { bytes: Promise<Buffer>; label: number }[] = [];
  await list({
    file: archive,
    strict: true,
    onReadEntry(entry) {
      const sample = /Sample0*(\d+)\/[^/]+\.png$/.exec(entry.path);
      if (sample !== null) found.push({ bytes: entry.concat(), label: Number(sample[1]) - 1 });
    },
  });
  if (found.length === 0) throw new NoImages(`${archive}: expected PNGs in folders SampleNNN, got none`);
  const files = await Promise.all(found.map(({ bytes }) => bytes));
  return { files, labels: Int32Array.from(found, ({ label }) => label) };
}
