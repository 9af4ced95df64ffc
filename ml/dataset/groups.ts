// Which samples must stay together: those of one group, and those with identical pixels, however long the chain.

import { DIGEST_BYTES, NO_GROUP, type SampleColumns } from './samples.ts';

/** A text that is equal for two samples exactly when their pixel digests are. */
export function digestKey(digests: Uint8Array, sample: number): string {
  const at = sample * DIGEST_BYTES;
  let key = '';
  for (let i = at; i < at + DIGEST_BYTES; i += 2) key += String.fromCharCode(digests[i]! * 256 + digests[i + 1]!);
  return key;
}

/**
 * The connected components of "same group or same pixels", by union-find with path halving.
 * @returns lists of sample indices, each ascending, in the order of their first sample
 */
export function inseparable(columns: SampleColumns): number[][] {
  const parent = Uint32Array.from({ length: columns.count }, (_, i) => i);
  const find = (sample: number): number => {
    let root = sample;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  const unite = (a: number, b: number): void => {
    const [low, high] = [find(a), find(b)].sort((x, y) => x - y);
    parent[high!] = low!;
  };
  const firstOfGroup = new Map<number, number>();
  const firstOfPixels = new Map<string, number>();
  for (let sample = 0; sample < columns.count; sample++) {
    const group = columns.groups[sample]!;
    if (group !== NO_GROUP) join(firstOfGroup, group, sample, unite);
    join(firstOfPixels, digestKey(columns.digests, sample), sample, unite);
  }
  const members = new Map<number, number[]>();
  for (let sample = 0; sample < columns.count; sample++) {
    const root = find(sample);
    const list = members.get(root);
    if (list === undefined) members.set(root, [sample]);
    else list.push(sample);
  }
  return [...members.values()];
}

function join<Key>(first: Map<Key, number>, key: Key, sample: number, unite: (a: number, b: number) => void): void {
  const other = first.get(key);
  if (other === undefined) first.set(key, sample);
  else unite(other, sample);
}
