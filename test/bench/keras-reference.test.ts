import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import { mkdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openKeras } from '../../bench/peers/keras.ts';
import { readArchiveFiles } from '../../bench/peers/ours/archive-files.ts';
import { readyEnvironment } from '../../bench/peers/python.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { networks } from '../../ml/model.ts';

const PICTURES_A_CLASS = 6;
const environment = await readyEnvironment();

// Installing Keras takes minutes and 1.8 GB: `npm run bench:peers` does it, and then this runs, too.
test.skipIf(environment === undefined)(
  'keras_reference.py builds our networks, reads the same pictures, and answers after a mistake',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-'));
    try {
      const archive = await archiveIn(folder);
      const networksFile = path.join(folder, 'networks.json');
      await writeFile(networksFile, JSON.stringify({ reference: networks.reference }));
      const keras = await openKeras({ environment: environment!, archive, networksFile, oneDnn: true });
      try {
        expect(keras.hello).toMatchObject({ images: 10 * PICTURES_A_CLASS, parameters: { reference: 361_490 } });
        expect((await readArchiveFiles(archive)).files).toHaveLength(10 * PICTURES_A_CLASS);
        await expect(keras.ask('fit', { network: 'unknown', batch: 4, steps: 1 })).rejects.toThrow(
          "KeyError: 'unknown'",
        );
        expect((await keras.ask('decode')).count).toBe(10 * PICTURES_A_CLASS);
      } finally {
        await keras.close();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

/** As Char74K's: a folder a class, counted from 1. */
async function archiveIn(folder: string): Promise<string> {
  const pixels = Uint8Array.from({ length: 1024 }, (_, i) => i % 251);
  for (let digit = 0; digit < 10; digit++) {
    const name = path.join(folder, 'Fnt', `Sample${String(digit + 1).padStart(3, '0')}`);
    await mkdir(name, { recursive: true });
    for (let i = 0; i < PICTURES_A_CLASS; i++)
      await writeFile(path.join(name, `img-${i}.png`), encodePng({ pixels, width: 32, height: 32 }));
  }
  const file = path.join(folder, 'images.tgz');
  await create({ file, cwd: folder, gzip: true }, ['Fnt']);
  return file;
}
