import { expect, it } from 'vitest';
import { keyDifferences, type KeyedRecord } from '../../artifacts/key-differences.ts';

const code = { bundle: 'b', packages: 'p' };
const base = {
  keyDocument: {
    step: 'train',
    code,
    inputs: { pool: 'aa' },
    parameters: { seed: 1, source: { kind: 'builtin', typefaces: 120 }, packages: ['a@1', 'b@1'] },
    engine: { cpu: 'x', libraries: { tensorflow: 'd' } },
  },
  modules: { 'ml/a.ts': '1', 'ml/b.ts': '2' },
  pieces: { 'ml/a.ts': '1', 'ml/b.ts': '2' },
  closure: { 'node_modules/a': '1.0.0 sha512-x', 'node_modules/a/node_modules/b': '1.0.0 sha512-y' },
} satisfies KeyedRecord;

const changed = (over: object, rest: Partial<KeyedRecord> = {}): KeyedRecord => ({
  ...base,
  ...rest,
  keyDocument: { ...base.keyDocument, ...over },
});

it('is empty for equal keys, whatever comments changed in the modules', () => {
  expect(keyDifferences(base, { ...base, modules: { ...base.modules, 'ml/a.ts': 'other' } })).toEqual([]);
});

it('names the module that left other bytes, not one in which a comment changed', () => {
  const other = changed(
    { code: { ...code, bundle: 'c' } },
    {
      modules: { 'ml/a.ts': 'a comment', 'ml/b.ts': 'code', 'ml/c.ts': 'new' },
      pieces: { 'ml/a.ts': '1', 'ml/b.ts': '3', 'ml/c.ts': '4' },
    },
  );
  expect(keyDifferences(base, other)).toEqual([
    { kind: 'code', module: 'ml/b.ts', change: 'changed' },
    { kind: 'code', module: 'ml/c.ts', change: 'added' },
  ]);
});

it('does not count a module that a name of another one only renamed in the bundle', () => {
  const other = changed(
    { code: { ...code, bundle: 'c' } },
    {
      modules: { ...base.modules, 'ml/b.ts': 'code' },
      pieces: { 'ml/a.ts': 'renamed', 'ml/b.ts': '3' },
    },
  );
  expect(keyDifferences(base, other)).toEqual([{ kind: 'code', module: 'ml/b.ts', change: 'changed' }]);
});

it('says so when an older record does not tell which module or package', () => {
  const { keyDocument } = changed({ code: { bundle: 'c', packages: 'q' } });
  expect(keyDifferences(base, { keyDocument })).toEqual([
    { kind: 'code', module: 'ml/a.ts', change: 'removed' },
    { kind: 'code', module: 'ml/b.ts', change: 'removed' },
    { kind: 'package' },
  ]);
  expect(keyDifferences({ keyDocument: base.keyDocument }, { keyDocument })).toEqual([
    { kind: 'code', change: 'changed' },
    { kind: 'package' },
  ]);
});

it('names packages by their place, inputs, parameters by path and fields of the engine, in this order', () => {
  const other = changed(
    {
      code: { ...code, packages: 'q' },
      inputs: { pool: 'bb', splits: 'cc' },
      parameters: { seed: 2, source: { kind: 'builtin', typefaces: 40 }, packages: ['b@1', 'c@1'] },
      engine: { cpu: 'y', libraries: { tensorflow: 'e' } },
    },
    { closure: { ...base.closure, 'node_modules/a/node_modules/b': '1.0.1 sha512-z' } },
  );
  expect(keyDifferences(base, other)).toEqual([
    { kind: 'package', package: 'a › b', from: '1.0.0 sha512-y', to: '1.0.1 sha512-z' },
    { kind: 'input', input: 'pool', from: 'aa', to: 'bb' },
    { kind: 'input', input: 'splits', to: 'cc' },
    { kind: 'parameter', parameter: 'packages', from: ['a@1'], to: ['c@1'] },
    { kind: 'parameter', parameter: 'seed', from: 1, to: 2 },
    { kind: 'parameter', parameter: 'source.typefaces', from: 120, to: 40 },
    { kind: 'engine', field: 'cpu', from: 'x', to: 'y' },
    { kind: 'engine', field: 'libraries.tensorflow', from: 'd', to: 'e' },
  ]);
});
