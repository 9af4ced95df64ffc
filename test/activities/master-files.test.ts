import { readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMasterFiles } from '../../activities/master-files.ts';
import { CachedFileChanged } from '../../artifacts/cached-file.ts';
import { MalformedMasters, SKELETON_BYTES } from '../../ml/dataset/packed-masters.ts';
import { createRandom } from '../../ml/random.ts';
import { packMasters, type Masters } from '../support/packed-blobs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-masters-'));
});
afterAll(() => rm(folder, { recursive: true }));

function someMasters(count: number, pixelBytes: number): Masters {
  const random = createRandom(5, count);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random.integer(256));
  const hasSkeleton = Uint8Array.from({ length: count }, () => random.integer(2));
  const skeletons = bytes(hasSkeleton.reduce((sum, has) => sum + has, 0) * SKELETON_BYTES);
  return { count, pixelBytes, hasSkeleton, pixels: bytes(count * pixelBytes), skeletons };
}

let written = 0;
function fileOf(bytes: Uint8Array): string {
  const file = path.join(folder, `masters-${written++}`);
  writeFileSync(file, bytes);
  return file;
}

/** Copies of all masters, one object each. */
function listOf({ count, pixelBytes, hasSkeleton, pixels, skeletons }: Masters) {
  let at = 0;
  return Array.from({ length: count }, (_, i) => ({
    kind: 'canvas',
    pixels: pixels.slice(i * pixelBytes, (i + 1) * pixelBytes),
    ...(hasSkeleton[i] === 1 && { skeleton: skeletons.slice(at, (at += SKELETON_BYTES)) }),
  }));
}

const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)].filter((file) => file.startsWith(folder));
    } catch {
      return [];
    }
  });

describe('masters in files', () => {
  it('come in any order, counted over all files, also once the files were removed', () => {
    const blobs = [someMasters(5, 4096), someMasters(0, 4096), someMasters(3, 4096)];
    const files = blobs.map((masters) => fileOf(packMasters(masters)));
    const expected = blobs.flatMap(listOf);
    const masters = openMasterFiles(files, 'canvas');
    files.forEach((file) => rmSync(file));
    for (const i of [7, 0, 4, 5, 6, 1, 1, 3, 2]) expect(masters.at(i), `master ${i}`).toEqual(expected[i]);
    for (const i of [-1, 8]) expect(() => masters.at(i)).toThrow(/expected a number below 8/);
    masters.close();
    expect(openFiles()).toEqual([]);
  });

  it('are network inputs alone where the preset starts from these', () => {
    const packed = { ...someMasters(2, 1024), hasSkeleton: new Uint8Array(2), skeletons: new Uint8Array() };
    const masters = openMasterFiles([fileOf(packMasters(packed))], 'input');
    expect(masters.at(1)).toEqual({ kind: 'input', pixels: packed.pixels.subarray(1024) });
    masters.close();
  });

  it('are refused when a file is gone, cut, longer or of another kind, and none stays open', () => {
    const bytes = packMasters(someMasters(4, 4096));
    const whole = fileOf(bytes);
    const expectRefusal = (file: string, error: new (...all: never[]) => Error): void =>
      expect(() => openMasterFiles([whole, file], 'canvas')).toThrow(error);
    expectRefusal(path.join(folder, 'none'), CachedFileChanged);
    for (const length of [0, 15, 18, 40, bytes.length - 1]) {
      expectRefusal(fileOf(bytes.subarray(0, length)), CachedFileChanged);
    }
    expectRefusal(fileOf(Uint8Array.from([...bytes, 0])), CachedFileChanged);
    expectRefusal(fileOf(Uint8Array.from(bytes, (byte, i) => (i === 0 ? 0 : byte))), MalformedMasters);
    expect(openFiles()).toEqual([]);
  });

  it('say so when a file is cut while it is open', () => {
    const file = fileOf(packMasters(someMasters(4, 4096)));
    const masters = openMasterFiles([file], 'canvas');
    truncateSync(file, 6_000);
    expect(() => masters.at(1)).toThrow(/expected 4096 bytes from byte \d+ on, got \d+; something removed or cut it/);
    masters.close();
  });
});
