import { expect, it } from 'vitest';
import { canonicalBytes } from '../../artifacts/canonical.ts';
import {
  encodePoolManifest,
  InvalidRecord,
  modelDigest,
  parseAliases,
  parsePoolManifest,
  parsePublicationManifest,
  type PoolManifest,
} from '../../artifacts/manifests.ts';
import { modelCandidate } from '../support/model-candidate.ts';

const ref = { key: 'blobs/sha256/ab/abc', sha256: 'ab'.repeat(32), sizeBytes: 3 };
const pool: PoolManifest = {
  schemaVersion: 1,
  kind: 'pool',
  splits: ref,
  classes: ['0', 'none'],
  preset: 'camera',
  sampleCount: 2,
  counts: { mnist: { '0': 1, none: 1 } },
  parts: [{ ref, sampleCount: 2 }],
  contactSheet: ref,
  poolDigest: 'cd'.repeat(32),
};

it('reads back what it wrote, as canonical JSON', () => {
  const bytes = encodePoolManifest(pool);
  expect(parsePoolManifest(bytes, 'k')).toEqual(pool);
  expect(encodePoolManifest(parsePoolManifest(bytes))).toEqual(bytes);
});

it.each([
  ['text that is no JSON', Buffer.from('{'), 'not JSON'],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not JSON'],
  ['another kind', canonicalBytes({ ...pool, kind: 'dataset' }), 'kind'],
  ['a version of the schema it does not know', canonicalBytes({ ...pool, schemaVersion: 2 }), 'schemaVersion'],
  ['a class named twice', canonicalBytes({ ...pool, classes: ['0', '0'] }), 'classes: expected no name twice'],
  ['a digest that is none', canonicalBytes({ ...pool, poolDigest: 'AB' }), 'poolDigest: expected 64'],
  ['a count below zero', canonicalBytes({ ...pool, sampleCount: -1 }), 'sampleCount'],
])('refuses %s, saying where, what was expected and what came', (_, bytes, got) => {
  const error = (() => {
    try {
      return parsePoolManifest(bytes, 'blobs/the-pool');
    } catch (thrown) {
      return thrown as InvalidRecord;
    }
  })();
  expect(error).toBeInstanceOf(InvalidRecord);
  expect(error).toMatchObject({ key: 'blobs/the-pool', expected: 'a pool manifest', retryable: false });
  expect((error as Error).message).toContain(got);
});

it('takes no manifest of one step for that of another', () => {
  expect(() => parsePublicationManifest(encodePoolManifest(pool), 'k')).toThrow('k: expected a publication manifest');
});

it('refuses to write what it would refuse to read', () => {
  expect(() => encodePoolManifest({ ...pool, parts: [] })).toThrow(InvalidRecord);
});

it('keeps members of an aliases record that it does not know', () => {
  const record = { schemaVersion: 1, kind: 'aliases', revision: 1, aliases: {}, moves: [], later: { member: 1 } };
  expect(parseAliases(canonicalBytes(record))).toEqual(record);
});

it('tells versions apart by what decides a prediction, and by nothing else', () => {
  const model = modelCandidate('one');
  const same = modelCandidate('one', { workflowId: 'another' });
  expect(modelDigest({ ...same, files: [...same.files].reverse() })).toBe(modelDigest(model));
  expect(modelDigest({ ...model, threshold: 0.6 })).not.toBe(modelDigest(model));
  expect(modelDigest({ ...model, classes: ['1', '0', 'none'] })).not.toBe(modelDigest(model));
  expect(modelDigest({ ...model, preprocessing: 'reference' })).not.toBe(modelDigest(model));
  expect(modelDigest(modelCandidate('two'))).not.toBe(modelDigest(model));
});
