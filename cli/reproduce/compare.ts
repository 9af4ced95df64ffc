// Byte by byte: what a version names in its store beside what was computed anew; and why the first difference came about,
// as far as the records of both tell.

import { getBlob } from '../../artifacts/blobs.ts';
import { canonicalJson, sha256 } from '../../artifacts/canonical.ts';
import { keyDifferences, type KeyDifference } from '../../artifacts/key-differences.ts';
import type { Store } from '../../artifacts/store.ts';
import type { KeyedStep } from '../runs/why.ts';
import { describeDifference } from '../runs/why-words.ts';
import type { ComparedStepName, Made, NamedFile } from './original.ts';

export interface Mismatch {
  step: ComparedStepName;
  file: string;
  /** What is wrong, for people. */
  detail: string;
  /** True when the store's own bytes are not those they are named for: then nothing is said of what was computed. */
  damaged: boolean;
}

export interface Comparison {
  first: Mismatch | undefined;
  mismatches: number;
  /** How many files and bytes were compared, by step. */
  compared: Partial<Record<ComparedStepName, { files: number; bytes: number }>>;
}

interface Side {
  store: Store;
  made: Made;
}

/** Reads every byte of both sides unless digests show that they are equal; of the original always. */
export async function compareMade(original: Side, anew: Side): Promise<Comparison> {
  const compared: Comparison['compared'] = {};
  const found: Mismatch[] = [];
  const rest = new Map(anew.made.files.map((file) => [`${file.step} ${file.file}`, file]));
  for (const file of original.made.files) {
    const { step } = file;
    const other = rest.get(`${step} ${file.file}`);
    rest.delete(`${step} ${file.file}`);
    const count = (compared[step] ??= { files: 0, bytes: 0 });
    count.files += 1;
    count.bytes += file.ref.sizeBytes;
    const mismatch = await compareFile(original.store, anew.store, file, other);
    if (mismatch !== undefined) found.push({ step, file: file.file, ...mismatch });
  }
  for (const { step, file } of rest.values())
    found.push({ step, file, detail: 'was made anew and is not in the version', damaged: false });
  for (const { step, name, value } of original.made.values) {
    const now = anew.made.values.find((each) => each.step === step && each.name === name)?.value;
    if (canonicalJson(value) !== canonicalJson(now ?? null))
      found.push({ step, file: name, detail: `${short(value)} → ${short(now)}`, damaged: false });
  }
  const order = Object.keys(compared);
  const sorted = found.sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step));
  return { first: sorted[0], mismatches: found.length, compared };
}

async function compareFile(
  store: Store,
  scratch: Store,
  { ref }: NamedFile,
  other: NamedFile | undefined,
): Promise<Pick<Mismatch, 'detail' | 'damaged'> | undefined> {
  const stored = await store.get(ref.key);
  if (stored === undefined) return { detail: 'its bytes are gone from the store', damaged: true };
  const isWhole = sha256(stored.bytes) === ref.sha256;
  if (other === undefined) return { detail: 'was not made anew', damaged: false };
  if (isWhole && other.ref.sha256 === ref.sha256) return undefined;
  const bytes = await getBlob(scratch, other.ref);
  const at = firstDifference(stored.bytes, bytes);
  const where =
    stored.bytes.length === bytes.length
      ? `differs from byte ${at} of ${bytes.length} on`
      : `has ${stored.bytes.length} bytes and ${bytes.length} anew, different from byte ${at} on`;
  return isWhole
    ? { detail: where, damaged: false }
    : { detail: `its bytes in the store are not those it is named for (${ref.key}); it ${where}`, damaged: true };
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return length;
}

export interface Explanation {
  cause: 'code' | 'environment' | 'data' | 'unknown';
  detail: string;
}

/** What the records of both runs say about why a step made other bytes. */
export function explain(
  { step, damaged, detail }: Mismatch,
  original: readonly KeyedStep[],
  anew: readonly KeyedStep[],
  node: unknown,
): Explanation {
  if (damaged) return { cause: 'data', detail };
  const of = (steps: readonly KeyedStep[], name: string) => steps.find((one) => one.name === name)?.record;
  const names = original.filter(({ ofRun }) => ofRun.step === step).map(({ name }) => name);
  const differences = names.flatMap((name) => {
    const [before, after] = [of(original, name), of(anew, name)];
    return before === undefined || after === undefined ? [] : keyDifferences(before, after);
  });
  for (const cause of ['code', 'environment', 'data'] as const) {
    const first = differences.find((each) => causeOf(each) === cause);
    if (first !== undefined) return { cause, detail: describeDifference(first) };
  }
  if (typeof node === 'string' && node !== process.version)
    return { cause: 'environment', detail: `Node ${node} → ${process.version}` };
  return names.some((name) => of(original, name) !== undefined)
    ? { cause: 'unknown', detail: 'nothing that the records tell differs' }
    : { cause: 'unknown', detail: 'the records of the run that made it were collected' };
}

function causeOf(difference: KeyDifference): Explanation['cause'] | undefined {
  switch (difference.kind) {
    case 'code':
      return 'code';
    case 'package':
    case 'engine':
      return 'environment';
    case 'parameter': // where the source was laid out is another place each time
      return difference.parameter === 'source.path' ? undefined : 'data';
    case 'input': // the bytes that are named in manifests were compared one by one: no compared file of an earlier step differs
      return undefined;
  }
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
