import { expect, it } from 'vitest';
import { canonicalDigest, canonicalJson, NotCanonical, sha256 } from '../../artifacts/canonical.ts';

it('gives equal values one text, whatever the order of their keys', () => {
  expect(canonicalJson({ b: 1, a: [true, null, 'é'], c: undefined })).toBe('{"a":[true,null,"é"],"b":1}');
  expect(canonicalDigest({ b: 1, a: 2 })).toBe(canonicalDigest({ a: 2, b: 1 }));
});

it('writes numbers as RFC 8785 does', () => {
  expect(canonicalJson([1e21, 1e-7, -0, 4.5, 1e20, 333333333.3333333])).toBe(
    '[1e+21,1e-7,0,4.5,100000000000000000000,333333333.3333333]',
  );
});

it.each([[NaN], [Infinity], [{ loss: NaN }], [undefined], [() => 1]])('refuses %s', (value) => {
  expect(() => canonicalJson(value)).toThrow(NotCanonical);
});

it('refuses a cycle', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(() => canonicalJson(cycle)).toThrow(NotCanonical);
});

it('hashes text as UTF-8', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('é')).toBe(sha256(Buffer.from([0xc3, 0xa9])));
});
