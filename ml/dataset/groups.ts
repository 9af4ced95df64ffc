// Which samples must stay together: those of one group, and those with identical pixels, however long the chain.

import { numberPixels } from './digest-index.ts';
import { sortIntoLists, type FlatLists } from './flat-lists.ts';
import { NO_GROUP, type SampleColumns } from './samples.ts';

/**
 * The connected components of "same group or same pixels", by union-find with path halving.
 * @returns lists of sample indices, each ascending, in the order of their first sample
 */
export function inseparable(columns: SampleColumns): FlatLists {
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
    const [rootA, rootB] = [find(a), find(b)];
    if (rootA < rootB) parent[rootB] = rootA;
    else parent[rootA] = rootB;
  };
  const firstOfGroup = new Map<number, number>();
  const pixels = numberPixels(columns);
  const firstOfPixels = new Uint32Array(columns.count); // [different pixels]
  let differentPixels = 0;
  for (let sample = 0; sample < columns.count; sample++) {
    const group = columns.groups[sample]!;
    if (group !== NO_GROUP) {
      const first = firstOfGroup.get(group);
      if (first === undefined) firstOfGroup.set(group, sample);
      else unite(first, sample);
    }
    const number = pixels[sample]!;
    if (number === differentPixels) firstOfPixels[differentPixels++] = sample;
    else unite(firstOfPixels[number]!, sample);
  }
  // A root is the smallest of its component: it comes first and numbers it.
  const componentOf = new Uint32Array(columns.count);
  let components = 0;
  for (let sample = 0; sample < columns.count; sample++) {
    const root = find(sample);
    componentOf[sample] = root === sample ? components++ : componentOf[root]!;
  }
  return sortIntoLists(componentOf, components);
}
