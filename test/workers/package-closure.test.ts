import { expect, it } from 'vitest';
import { packageClosure } from '../../workers/package-closure.ts';

const lock = {
  packages: {
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a', dependencies: { b: '*', c: '*' } },
    'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-b2', optionalDependencies: { gone: '*' } },
    'node_modules/b': { version: '1.0.0', integrity: 'sha512-b1' },
    'node_modules/c': { version: '3.0.0', integrity: 'sha512-c', dependencies: { b: '*', a: '*' } },
    'node_modules/unused': { version: '9.0.0', integrity: 'sha512-u' },
  },
};

it('follows dependencies as Node resolves them: the nearest node_modules first, cycles once', () => {
  expect(packageClosure(lock, ['a'])).toEqual([
    'node_modules/a 1.0.0 sha512-a',
    'node_modules/a/node_modules/b 2.0.0 sha512-b2',
    'node_modules/b 1.0.0 sha512-b1',
    'node_modules/c 3.0.0 sha512-c',
  ]);
});

it("passes over Node's own modules and packages that are not locked", () => {
  expect(packageClosure(lock, ['fs', 'gone'])).toEqual([]);
});
