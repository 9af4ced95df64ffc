import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { sha256 } from '../../artifacts/canonical.ts';
import { keys } from '../../artifacts/keys.ts';
import { encodedPublicKey } from '../../artifacts/signature.ts';
import { publishRandomModel } from '../inference/published-model.ts';
import { type Evaluated, publishEvaluated } from '../support/evaluated-model.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;
let good: Evaluated;
let disagreeing: Evaluated;
/** Its probabilities are the model's but for one. */
const alterProbabilities = (probabilities: Float32Array): void => {
  const at = probabilities.length - 1;
  probabilities[at] = Math.abs(probabilities[at]! - 2e-4);
};

beforeAll(async () => {
  home = await openCliHome();
  mkdirSync(join(home.folder, 'out'));
  good = await publishEvaluated(home.store, {
    student: 1,
    configuration: { ingest: { source: { kind: 'folder', path: '/home/ada/secret-digits' } } },
  });
  disagreeing = await publishEvaluated(home.store, { student: 2, alterProbabilities });
});
afterAll(() => home.remove());

const there = (folder: string): string[] => readdirSync(join(home.folder, folder)).sort();
const run = (version: number | string, format: string, to: string, ...more: string[]) =>
  home.run(['models', 'export', String(version), '--format', format, '--to', `out/${to}`, ...more]);

interface Card {
  license: string;
  library_name: string;
  tags: string[];
  'model-index': { results: { dataset: { config?: string }; metrics: { type: string; value: number }[] }[] }[];
}

/** The head of README.md as Hugging Face reads it, and the text below. */
function readCard(folder: string): { head: Card; body: string } {
  const text = readFileSync(join(home.folder, folder, 'README.md'), 'utf8');
  const [, head = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
  return { head: parse(head) as Card, body };
}

test.each([
  ['onnx', ['model.onnx'], 'onnxruntime-node', 'onnx'],
  ['tfjs', ['model.json', 'weights.bin'], 'tfjs-node', 'tfjs'],
  ['savedmodel', ['saved_model.pb'], 'tfjs-node', 'tensorflow'],
])(
  'a version is written as %s, proved in its own runtime, with a model card and a record',
  async (format, files, runtime, library) => {
    const { exitCode, stderr, document } = await run(1, format, format, '--json', '--license', 'apache-2.0');
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/checking digits version 1 as \w+ on 220 test/)]);
    expect(there(`out/${format}`)).toEqual([...files, 'README.md', 'digitflow.json'].sort());
    const told = document() as { files: { name: string; sha256: string }[]; proof: Record<string, unknown> };
    expect(told.proof).toEqual({ runtime, samples: 220, largestDifference: expect.any(Number), tolerance: 1e-4 });
    expect(told.proof['largestDifference']).toBeLessThan(1e-5);
    for (const { name, sha256: digest } of told.files)
      expect(sha256(readFileSync(join(home.folder, 'out', format, name)))).toBe(digest);
    const record = JSON.parse(readFileSync(join(home.folder, 'out', format, 'digitflow.json'), 'utf8')) as object;
    expect(told).toEqual({ ...record, folder: join(home.folder, 'out', format) });
    expect(record).toMatchObject({ model: 'digits', version: 1, digest: good.version!.digest, threshold: 0.5 });
    expect(readCard(`out/${format}`).head).toMatchObject({ license: 'apache-2.0', library_name: library });
    expect(there('out').filter((name) => name.startsWith('.'))).toEqual([]);
  },
);

test('the model card tells figures by slice, data, licences and the run, and nothing of where the images lay', async () => {
  await run(1, 'onnx', 'card');
  const { head, body } = readCard('out/card');
  expect(head.license).toBe('unknown');
  expect(head.tags).toContain('onnx');
  const [model] = head['model-index'];
  expect(model!.results.map(({ dataset }) => dataset.config)).toEqual([undefined, 'pens', 'typefaces']);
  for (const { metrics } of model!.results) expect(metrics.map(({ type }) => type)).toContain('accuracy');
  for (const told of [
    /\| pens \| 110 \| \d+\.\d\d % \(\d+\.\d\d – \d+\.\d\d %\)/,
    /\*\*pens\*\* \(folder, 110 samples\): the trainer's own images/,
    /OFL-1.1 \(`@fontsource\/arimo@5.3.0`\)/,
    /commit `c0ffee0+`/,
    /Run configuration: SHA-256 `[0-9a-f]{64}`/,
    /onnxruntime.InferenceSession/,
    /at least 0\.5/,
  ])
    expect(body).toMatch(told);
  expect(body).not.toContain('secret-digits');
});

test('a folder that holds something is refused, and with --force only files of the same name are replaced', async () => {
  mkdirSync(join(home.folder, 'out', 'full', '.git'), { recursive: true });
  writeFileSync(join(home.folder, 'out', 'full', 'README.md'), 'mine');
  const refused = await run(1, 'onnx', 'full');
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/expected an empty folder.*--force/)]);
  expect(readFileSync(join(home.folder, 'out', 'full', 'README.md'), 'utf8')).toBe('mine');
  expect((await run(1, 'onnx', 'full', '--force')).exitCode).toBe(0);
  expect(there('out/full')).toEqual(['.git', 'README.md', 'digitflow.json', 'model.onnx']);
  expect(readCard('out/full').head.library_name).toBe('onnx');
  writeFileSync(join(home.folder, 'out', 'file'), '');
  expect((await run(1, 'onnx', 'file', '--force')).stderr).toMatch(/expected a folder, got a file/);
});

test('an export that answers otherwise than the trainer leaves nothing', async () => {
  const before = there('out');
  for (const to of ['nothing', 'full']) {
    const { exitCode, stderr } = await run(disagreeing.version!.version, 'onnx', to, '--force');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/within 0\.0001 on 220 test samples, got a diff/)]);
  }
  expect(there('out')).toEqual(before);
  expect(there('out/full').some((name) => name.includes('export-'))).toBe(false);
});

test('a version is refused when nobody trusted signed it, when its bytes changed, or when its record is of another', async () => {
  const stranger = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const words = ['models', 'export', '1', '--format', 'onnx', '--to', 'out/refused'];
  const untrusted = await home.run(words, { DIGITFLOW_TRUSTED_KEYS: encodedPublicKey(stranger) });
  expect([untrusted.exitCode, untrusted.stderr]).toEqual([1, expect.stringMatching(/signature does not hold/)]);

  const manifest = (await home.store.get(keys.version('digits', 1)))!;
  await home.store.put(keys.version('digits', 9), manifest.bytes);
  expect((await run(9, 'onnx', 'refused')).stderr).toMatch(/its record is that of digits version 1/);
  await home.store.delete(keys.version('digits', 9));

  const file = good.version!.files.find(({ path }) => path === 'model.onnx')!;
  const { bytes } = (await home.store.get(file.key))!;
  const changed = bytes.slice();
  changed[changed.length - 1]! ^= 1;
  await home.store.put(file.key, changed);
  expect((await run(1, 'tfjs', 'refused')).stderr).toMatch(/expected \d+ bytes with SHA-256/);
  await home.store.put(file.key, bytes);
  expect(there('out')).not.toContain('refused');
});

test('a version whose evaluation is gone is refused, for nothing would prove the export', async () => {
  const { version } = await publishRandomModel(home.store, { promote: false });
  const { exitCode, stderr } = await run(version.version, 'onnx', 'unproved');
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/evaluation .* the export can't be checked/)]);
});

test.each([
  [['--format', 'keras', '--to', 'x'], /Allowed choices are tfjs, onnx, savedmodel/],
  [['--to', 'x'], /--format/],
  [['--format', 'onnx'], /--to/],
])('models export 1 %j is refused as wrong use', async (words, message) => {
  const { exitCode, stderr } = await home.run(['models', 'export', '1', ...words]);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
});
