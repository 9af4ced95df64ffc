import { expect, it } from 'vitest';
import { createDigestIndex } from '../../../ml/dataset/digest-index.ts';
import { createTextList } from '../../../ml/dataset/text-list.ts';
import { createRandom } from '../../../ml/random.ts';

it('numbers different digests in the order of coming, and knows each again, however many and alike they are', () => {
  const random = createRandom(3);
  // Alike: they crowd in a few places of the table, and most differ in their last byte alone.
  const digests = Array.from({ length: 3_000 }, () =>
    Uint8Array.from({ length: 16 }, (_, i) => (i === 1 || i > 14 ? random.integer(80) : 5)),
  );
  const index = createDigestIndex();
  const known = new Map<string, number>();
  const wrong = digests.filter((digest) => {
    const key = digest.join();
    known.set(key, known.get(key) ?? known.size);
    return index.numberOf(digest) !== known.get(key);
  });
  expect(wrong).toEqual([]);
  expect(index.size).toBe(known.size);
  expect(index.numberOf(Uint8Array.from([9, ...digests[7]!, 9]), 1)).toBe(known.get(digests[7]!.join()));
});

it('a list of texts gives each back by its number', () => {
  const texts = ['', 'a', '3/ä.png', '\ufeff', '😀'.repeat(700), 'z'];
  const list = createTextList();
  texts.forEach((text) => list.push(text));
  expect(texts.map((_, i) => list.at(i))).toEqual(texts);
});
