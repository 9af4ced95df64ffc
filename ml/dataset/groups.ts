// Which samples must stay together: those of one group, and those with identical pixels, however long the chain.

import { numberPixels } from './digest-index.ts';
import { NO_GROUP, type SampleColumns } from './samples.ts';

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
  const pixels = numberPixels(columns);
  const firstOfPixels = new Map<number, number>();
  for (let sample = 0; sample < columns.count; sample++) {
    const group = columns.groups[sample]!;
    if (group !== NO_GROUP) join(firstOfGroup, group, sample, unite);
    join(firstOfPixels, pixels[sample]!, sample, unite);
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

function join(first: Map<number, number>, key: number, sample: number, unite: (a: number, b: number) => void): void {
  const other = first.get(key);
  if (other === undefined) first.set(key, sample);
  else unite(other, sample);
}
