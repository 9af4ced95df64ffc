import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../../artifacts/keys.ts';
import type { ModelVersion } from '../../../artifacts/manifests.ts';
import { createRandom } from '../../../ml/random.ts';
import { makeChampion, publishRandomModel } from '../published-model.ts';
import { fakeHost, managerWorld, signingKey, type ManagerWorld } from './manager-world.ts';

const SEED = 20_261_125;
const PLACES = 1_000;

/** A bit somewhere in some files laid end to end. */
function chooseBit(files: readonly { sizeBytes: number }[], at: number): { file: number; byte: number; bit: number } {
  let byte = at >> 3;
  let file = 0;
  while (byte >= files[file]!.sizeBytes) byte -= files[file++]!.sizeBytes;
  return { file, byte, bit: at & 7 };
}

function* seededBits(files: readonly { sizeBytes: number }[], count: number) {
  const random = createRandom(SEED, files.length);
  const totalBits = 8 * files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (let index = 0; index < count; index++) yield chooseBit(files, random.integer(totalBits));
}

const filesOf = (version: ModelVersion) => [...version.files, version.golden];

describe('one flipped bit of a model', () => {
  let world: ManagerWorld;
  let versions: ModelVersion[];
  beforeAll(async () => {
    world = await managerWorld();
    versions = [];
    for (const seed of [1, 2])
      versions.push((await publishRandomModel(world.store, { seed, signingKey, promote: false })).version);
    await makeChampion(world.store, 1);
  });

  it(`in the store is refused at ${PLACES} of ${PLACES} places, and the model before serves on`, async () => {
    const manager = world.start();
    await manager.check();
    await makeChampion(world.store, 2);
    const files = filesOf(versions[1]!);
    let refused = 0;
    for (const { file, byte, bit } of seededBits(files, PLACES)) {
      world.store.flipped = { key: files[file]!.key, byte, bit };
      await manager.check();
      if (manager.current()?.version === 1 && manager.states()[1]?.state === 'UNAVAILABLE') refused++;
    }
    world.store.flipped = undefined;
    expect(refused).toBe(PLACES);
    expect(world.failures).toEqual(Array(PLACES).fill('damaged'));
    expect(world.host.loads).toBe(1);
    await manager.check();
    expect(manager.current()?.version).toBe(2);
    await manager.close();
  });

  it('in its record is refused, or changes nothing that decides a prediction', async () => {
    const key = keys.version('digits', 2);
    const record = (await world.store.get(key))!;
    // Base64 has bits that mean nothing: of the signature, only what it says is checked.
    const { code: _, run: __, metrics: ___, createdAt: ____, signature: _____, ...decisive } = versions[1]!;
    let refused = 0;
    for (const { byte, bit } of seededBits([record], PLACES)) {
      world.store.flipped = { key, byte, bit };
      const manager = world.start({ pool: fakeHost(), pinnedVersion: 2 });
      await manager.check();
      const served = manager.current();
      if (served === undefined) refused++;
      else expect(served.record).toMatchObject(decisive);
      await manager.close();
    }
    world.store.flipped = undefined;
    expect(refused).toBeGreaterThan(PLACES / 2);
  });

  it('on disk is mended from the store, and refused while the store is away', async () => {
    const folder = path.join(world.cacheFolder, 'models', 'digits');
    const [name] = (await readdir(folder)).filter((entry) => entry.startsWith('2-'));
    const files = filesOf(versions[1]!);
    let refused = 0;
    for (const { file, byte, bit } of seededBits(files, PLACES / 4)) {
      const onDisk = path.join(folder, name!, files[file]!.sha256);
      const bytes = await readFile(onDisk);
      bytes[byte]! ^= 1 << bit;
      await writeFile(onDisk, bytes);
      world.store.isDown = true;
      const away = world.start({ pool: fakeHost() });
      await away.check();
      if (away.current() === undefined) refused++;
      await away.close();
      world.store.isDown = false;
      const back = world.start({ pool: fakeHost() });
      await back.check();
      expect(back.current()?.version).toBe(2);
      await back.close();
      bytes[byte]! ^= 1 << bit;
      expect(bytes.equals(await readFile(onDisk))).toBe(true);
    }
    expect(refused).toBe(PLACES / 4);
  });
});
