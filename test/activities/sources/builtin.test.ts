import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { builtinSource, type BuiltinOptions } from '../../../activities/sources/builtin.ts';
import { drawTypeface } from '../../../activities/sources/builtin/alphabets.ts';
import { handwritingPath, readHandwriting } from '../../../activities/sources/builtin/handwriting.ts';
import { planNegatives } from '../../../activities/sources/builtin/negative-plan.ts';
import { chooseTypefaces, fontPath, type Typeface } from '../../../activities/sources/builtin/typeface-list.ts';
import type { AcceptedItem } from '../../../activities/sources/source.ts';
import { onPaper } from '../../../ml/raster/ink.ts';
import { readAll, testContext } from './context.ts';
import { makeFont } from './make-font.ts';
import { makePackage, startRegistry, type RegistryPackage } from './npm-registry.ts';

/** Each digit three times, its own number of ink pixels. */
const digitFile = (digit: number): Uint8Array => {
  const data = Array.from({ length: 3 * 784 }, (_, i) => (i % 784 <= digit + Math.floor(i / 784) * 20 ? 0.624 : 0));
  return Buffer.from(JSON.stringify({ data }));
};
const handwriting = makePackage(
  'digits',
  Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [handwritingPath(digit), digitFile(digit)])),
  'MIT',
);

function typefacePackage(family: string, weight: number, heldOut = false): RegistryPackage & { typeface: Typeface } {
  const made = makePackage(`@fontsource/${family}`, {
    [fontPath(family, '400-normal')]: makeFont({ weight }),
    [fontPath(family, '700-normal')]: makeFont({ weight: weight + 30 }),
  });
  return { ...made, typeface: { family, heldOut, pin: made.pin, styles: ['400-normal', '700-normal'] } };
}

const typefaces = [
  typefacePackage('one', 50),
  typefacePackage('two', 60),
  typefacePackage('three', 70),
  typefacePackage('out', 80, true),
];

let cacheFolder: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
beforeAll(async () => void (cacheFolder = await mkdtemp(join(tmpdir(), 'digitflow-npm-'))));
afterAll(() => rm(cacheFolder, { recursive: true }));
afterEach(() => registry?.stop());

const options = (changes: Partial<BuiltinOptions> = {}): BuiltinOptions => ({
  typefaces: 20,
  handwriting: 20,
  negatives: 100,
  seed: 1,
  leastTypefaces: 2,
  cacheFolder,
  npm: { registry: registry.url, fetchRetries: '0' },
  packages: { typefaces: typefaces.map(({ typeface }) => typeface), handwriting: handwriting.pin },
  ...changes,
});

/** Both draw every sample twice: seconds of computing, and many more beside others. */
const DRAWS_TWICE = { timeout: 90_000 };

describe('the built-in dataset', () => {
  it('is drawn from packages of the configured registry, and again from the cache alone', DRAWS_TWICE, async () => {
    const elsewhere = { ...typefaces[1]!, place: '/mirror/two.tgz' };
    registry = await startRegistry([handwriting, typefaces[0]!, elsewhere, typefaces[2]!, typefaces[3]!]);
    const context = testContext();
    const { opened, items } = await readAll(builtinSource(options()), context);
    expect(context.warnings).toEqual([]);
    expect(opened.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none']);
    expect(opened.parts.map(({ name, licences }) => [name, licences.length])).toEqual([
      ['handwriting', 1],
      ['typefaces', 4],
      ['negatives', 4],
    ]);
    expect(opened.parts[0]!.licences).toEqual([{ package: 'digits', version: '1.0.0', licence: 'MIT' }]);
    const accepted = items as AcceptedItem[];
    const of = (source: string) => accepted.filter((item) => item.source === source);
    expect([of('handwriting'), of('typefaces'), of('negatives')].map(({ length }) => length)).toEqual([20, 140, 100]);
    expect(
      of('typefaces')
        .filter(({ group }) => group === 'out')
        .map(({ name }) => name.split('/')[1]),
    ).not.toContain('italic');
    expect(new Set(of('typefaces').map(({ group, splitHint }) => `${group} ${splitHint}`))).toEqual(
      new Set(['one free', 'two free', 'three free', 'out test']),
    );
    expect(of('negatives').every(({ className }) => className === 'none')).toBe(true);
    expect(of('negatives').filter(({ splitHint }) => splitHint === 'test').length).toBe(20);

    await registry.stop();
    const second = await readAll(builtinSource(options()));
    expect(second.items).toEqual(items);
  });

  it('is drawn from the files that an earlier ingest kept, without a registry or a cache', DRAWS_TWICE, async () => {
    registry = await startRegistry([handwriting, ...typefaces]);
    const context = testContext();
    const first = await readAll(builtinSource(options()), context);
    await registry.stop();

    const folder = await mkdtemp(join(cacheFolder, 'kept-'));
    for (const [path, bytes] of context.kept) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes!);
    }
    const nowhere = options({ cacheFolder: '/nowhere', npm: { registry: 'http://127.0.0.1:1' }, keptPackages: folder });
    const second = await readAll(builtinSource(nowhere));
    expect(second.items).toEqual(first.items);
    expect(second.opened.parts).toEqual(first.opened.parts);
  });

  it('leaves out, with a warning, what is not there or has other bytes', async () => {
    const forged = { ...typefacePackage('two', 99), pin: typefaces[1]!.pin };
    const fresh = await mkdtemp(join(cacheFolder, 'fresh-'));
    registry = await startRegistry([typefaces[0]!, forged, typefaces[3]!]);
    const context = testContext();
    const { items } = await readAll(builtinSource(options({ cacheFolder: fresh, leastTypefaces: 1 })), context);
    expect(context.warnings).toEqual([
      expect.stringMatching(/^left out 3 of 5 packages: @fontsource\/two, @fontsource\/three, digits \(first reason: /),
    ]);
    expect(new Set((items as AcceptedItem[]).map(({ group }) => group))).toEqual(new Set(['one', 'out', undefined]));
    await expect(readAll(builtinSource(options({ cacheFolder: fresh })))).rejects.toMatchObject({
      code: 'TooFewTypefaces',
      message: expect.stringMatching(/expected at least 2 typefaces from the npm registry, got 1 of 3/),
    });
  });

  it('has an identity of packages and numbers, known without a word with the registry', async () => {
    registry = await startRegistry([]);
    const identity = await builtinSource(options()).identity(testContext());
    expect(identity).toEqual(await builtinSource(options({ cacheFolder: '/elsewhere' })).identity(testContext()));
    expect(identity).not.toEqual(await builtinSource(options({ seed: 2 })).identity(testContext()));
    expect(registry.requests).toEqual([]);
  });
});

describe('a typeface', () => {
  const styles = drawTypeface('test', new Map([['400-normal', makeFont()]]));

  it('has the same pixels on every machine', () => {
    const hash = createHash('sha256');
    for (const { digits } of styles) for (const ink of digits) hash.update(onPaper(ink!).pixels);
    expect(hash.digest('hex')).toMatchInlineSnapshot(
      `"cb87df93afe70b774d1dc9ca4c0f63d023e0db02d0ad9f2e04093a332386322b"`,
    );
  });

  it('gets the styles it lacks: bold is heavier, italic leans', () => {
    expect(styles.map(({ style, made }) => [style, made])).toEqual([
      ['regular', false],
      ['bold', true],
      ['italic', true],
      ['bold-italic', true],
    ]);
    const [regular, bold, italic] = styles.map(({ digits }) => digits[1]!);
    expect(bold!.width).toBe(regular!.width + 8);
    expect(italic!.width).toBeGreaterThan(regular!.width + 10);
    expect(italic!.height).toBe(regular!.height);
  });

  it('lends letters that it has and that are no digits', () => {
    const { letter } = styles[0]!.alphabet;
    expect(letter('A')).toBeDefined();
    expect(letter('W')).toBeUndefined();
  });

  it('without a digit is refused', () => {
    const broken = makeFont({ characters: '012346789A' });
    expect(() => drawTypeface('broken', new Map([['400-normal', broken]]))).toThrow(/none of 5/);
  });
});

describe('the list', () => {
  it('gives training typefaces by usefulness and always those held out', () => {
    const twenty = chooseTypefaces(20);
    expect(twenty.filter(({ heldOut }) => !heldOut)).toHaveLength(20);
    expect(chooseTypefaces(120)).toHaveLength(153);
    expect(chooseTypefaces(120).slice(0, 20)).toEqual(twenty.slice(0, 20));
    for (const { pin } of chooseTypefaces(120)) expect(pin.integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
  });
});

describe('the plan of negatives', () => {
  it('uses each number once, a fifth of them held out, evenly over typefaces', () => {
    const plan = planNegatives(12_000, { training: 120, heldOut: 33 });
    const training = Array.from({ length: 120 }, (_, position) => plan.numbersOf({ heldOut: false, position }));
    const heldOut = Array.from({ length: 33 }, (_, position) => plan.numbersOf({ heldOut: true, position }));
    const all = [...training, ...heldOut].flat().sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 9600 }, (_, number) => number));
    expect(heldOut.flat()).toHaveLength(1920);
    expect(new Set(training.map(({ length }) => length))).toEqual(new Set([64]));
    const hints = plan.textures.map(({ splitHint }) => splitHint);
    const count = (hint: string): number => hints.filter((each) => each === hint).length;
    expect([hints.length, count('train'), count('validation'), count('test')]).toEqual([2400, 1760, 160, 480]);
    expect(planNegatives(10, { training: 3, heldOut: 0 }).numbersOf({ heldOut: true, position: 0 })).toEqual([]);
  });
});

describe('handwriting', () => {
  it('is read as bytes, white on black', () => {
    const images = readHandwriting(digitFile(4), 4);
    expect(images).toHaveLength(3);
    expect(images[0]).toMatchObject({ width: 28, height: 28 });
    expect([...images[0]!.pixels.subarray(0, 6)]).toEqual([159, 159, 159, 159, 159, 0]);
  });

  it('of another shape is refused', () => {
    for (const text of ['', '{}', '{"data":[]}', '{"data":[1,2,3]}', '[1]']) {
      expect(() => readHandwriting(Buffer.from(text), 1)).toThrow(/handwritten 1: expected/);
    }
  });
});
