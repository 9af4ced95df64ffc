// Why two steps have two keys: what their records say of code, packages, inputs, parameters and engine, held side by side.
// It knows records, not runs.

import { canonicalJson } from './canonical.ts';
import type { StepRecord } from './manifests/step-record.ts';

/** What of a record tells how its key came about. */
export type KeyedRecord = Pick<StepRecord, 'keyDocument' | 'modules' | 'pieces' | 'closure'>;

export type KeyDifference =
  /** Own code. `module` is missing where the records don't tell which one. */
  | { kind: 'code'; module?: string; change: 'changed' | 'added' | 'removed' }
  /** `from` and `to`: version and the beginning of the integrity; missing where the package is on one side only. */
  | { kind: 'package'; package?: string; from?: string; to?: string }
  /** SHA-256 of the input. */
  | { kind: 'input'; input: string; from?: string; to?: string }
  /** Dotted path, e.g. `source.typefaces`. Of lists only what is on one side. */
  | { kind: 'parameter'; parameter: string; from?: unknown; to?: unknown }
  | { kind: 'engine'; field: string; from?: unknown; to?: unknown };

/**
 * Everything in which `to` differs from `from`: code first, then packages, inputs, parameters, engine, each in the order
 * of their names. Empty exactly when the two have one key.
 */
export function keyDifferences(from: KeyedRecord, to: KeyedRecord): KeyDifference[] {
  const [a, b] = [partsOf(from), partsOf(to)];
  const bySide = <Name extends string>(name: Name, one: object, other: object) =>
    unequal(one, other).map(([path, before, after]) => ({
      ...({ [name]: path } as Record<Name, string>),
      ...(before !== undefined && { from: before }),
      ...(after !== undefined && { to: after }),
    }));
  return [
    ...(a.code['bundle'] === b.code['bundle'] ? [] : changedCode(from, to)),
    ...(a.code['packages'] === b.code['packages'] ? [] : changedPackages(from, to)),
    ...bySide('package', object(a.code['native']), object(b.code['native'])).map(
      (each) => ({ kind: 'package', ...each }) as KeyDifference,
    ),
    ...bySide('input', a.inputs, b.inputs).map((each) => ({ kind: 'input', ...each }) as KeyDifference),
    ...bySide('parameter', a.parameters, b.parameters).map((each) => ({ kind: 'parameter' as const, ...each })),
    ...bySide('field', a.engine, b.engine).map((each) => ({ kind: 'engine' as const, ...each })),
  ];
}

function partsOf({ keyDocument }: KeyedRecord) {
  const part = (name: string): Record<string, unknown> => object(keyDocument[name]);
  return { code: part('code'), inputs: part('inputs'), parameters: part('parameters'), engine: part('engine') };
}

/** Modules whose source and whose part of the bundle are both other ones: the first alone may be a comment. */
function changedCode(from: KeyedRecord, to: KeyedRecord): KeyDifference[] {
  const [before, after] = [from.modules ?? {}, to.modules ?? {}];
  const found = names(before, after).flatMap((module): KeyDifference[] => {
    if (before[module] === after[module]) return [];
    if (before[module] === undefined) return [{ kind: 'code', module, change: 'added' }];
    if (after[module] === undefined) return [{ kind: 'code', module, change: 'removed' }];
    const piece = [from.pieces?.[module], to.pieces?.[module]];
    if (piece[0] !== undefined && piece[0] === piece[1]) return [];
    return [{ kind: 'code', module, change: 'changed' }];
  });
  const rank = { changed: 0, added: 1, removed: 2 };
  const ofCode = found.filter((each) => each.kind === 'code').sort((a, b) => rank[a.change] - rank[b.change]);
  return ofCode.length > 0 ? ofCode : [{ kind: 'code', change: 'changed' }];
}

function changedPackages(from: KeyedRecord, to: KeyedRecord): KeyDifference[] {
  const [before, after] = [from.closure, to.closure];
  if (before === undefined || after === undefined) return [{ kind: 'package' }];
  const found = names(before, after).flatMap((place): KeyDifference[] =>
    before[place] === after[place]
      ? []
      : [
          {
            kind: 'package',
            package: place.replace(/^node_modules\//, '').replaceAll('/node_modules/', ' › '),
            ...(before[place] !== undefined && { from: before[place] }),
            ...(after[place] !== undefined && { to: after[place] }),
          },
        ],
  );
  return found.length > 0 ? found : [{ kind: 'package' }];
}

type Leaf = [path: string, from: unknown, to: unknown];

/** Paths at which two JSON values differ, in order. */
function unequal(from: unknown, to: unknown, path: readonly string[] = []): Leaf[] {
  if (same(from, to)) return [];
  if (isPlain(from) && isPlain(to))
    return names(from, to).flatMap((name) => unequal(from[name], to[name], [...path, name]));
  const where = path.join('.');
  if (!Array.isArray(from) || !Array.isArray(to)) return [[where, from, to]];
  const only = (these: unknown[], those: unknown[]): unknown[] =>
    these.filter((one) => !those.some((other) => same(one, other)));
  const [gone, come] = [only(from, to), only(to, from)];
  return gone.length + come.length === 0 ? [[where, from, to]] : [[where, gone, come]]; // else only their order differs
}

const same = (a: unknown, b: unknown): boolean =>
  a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const object = (value: unknown): Record<string, unknown> => (isPlain(value) ? value : {});
const names = (a: object, b: object): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
