import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { makeCorrection, storeCorrection } from '../../artifacts/feedback.ts';
import { createFileStore } from '../../artifacts/file-store.ts';
import { correctionOfKey, keys } from '../../artifacts/keys.ts';
import { encodeCorrection, InvalidRecord, parseCorrection, type CorrectionLabel } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { describeFeedback } from '../contracts/feedback-contract.ts';
import { correctionOf, cropOf } from '../support/corrections.ts';
import { openTestStore } from '../support/minio.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

describeFeedback('memory', async () => createMemoryStore());
describeFeedback('file', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'digitflow-feedback-'));
  folders.push(root);
  return createFileStore({ root });
});
describeFeedback('MinIO', openTestStore);

const NOW_MS = Date.parse('2026-11-01T12:00:00Z');

it('sorts ids by time, whatever their random parts are', () => {
  const random = fc.uint8Array({ minLength: 10, maxLength: 10 });
  const times = fc.integer({ min: 1, max: 2 ** 48 - 1 });
  const idAt = (nowMs: number, bytes: Uint8Array) => {
    const { crop: _crop, ...facts } = correctionOf(1, 0);
    return makeCorrection({ ...facts, crop: cropOf(1) }, { nowMs, random: bytes }).id;
  };
  fc.assert(
    fc.property(times, times, random, random, (a, b, ofA, ofB) => {
      fc.pre(a !== b);
      expect(idAt(a, ofA) < idAt(b, ofB)).toBe(a < b);
    }),
    { seed: 21 },
  );
});

it('finds the id of any key of a correction and of nothing else', () => {
  const { id } = correctionOf(5, NOW_MS);
  expect(correctionOfKey(keys.correction(id))).toBe(id);
  expect(correctionOfKey(keys.deletedCorrection(id))).toBe(id);
  expect(correctionOfKey(keys.feedbackProbe('x'))).toBeUndefined();
  expect(correctionOfKey(keys.session(id))).toBeUndefined();
});

it.each([
  ['a label that is no digit', { label: 'x' as CorrectionLabel }],
  ['a probability above 1', { prediction: { label: '1', probability: 1.5 } }],
  ['a side above 128', { crop: { ...cropOf(1), width: 129 } }],
  ['no session', { session: '' }],
])('refuses %s before anything is written', async (_, changes) => {
  const store = createMemoryStore();
  await expect(storeCorrection(store, correctionOf(1, NOW_MS, changes))).rejects.toThrow(InvalidRecord);
  for await (const { key } of store.list('')) throw new Error(`expected nothing to be written, got ${key}`);
});

it('refuses a record with any bit of its picture flipped', () => {
  const record = correctionOf(3, NOW_MS);
  const png = Buffer.from(record.crop.png, 'base64');
  fc.assert(
    fc.property(fc.nat({ max: png.length * 8 - 1 }), (bit) => {
      const damaged = Buffer.from(png);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const text = Buffer.from(encodeCorrection(record))
        .toString()
        .replace(record.crop.png, damaged.toString('base64'));
      expect(() => parseCorrection(Buffer.from(text))).toThrow(InvalidRecord);
    }),
    { seed: 22 },
  );
});
