import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runInThread } from '../../activities/threads/run-in-thread.ts';
import type { FileContext, StepContext, StepProgress } from '../../activities/step.ts';
import { checkoutFolder } from '../../config/home.ts';
import { bundleCode } from '../../workers/code.ts';

let threadFile: string;
beforeAll(async () => {
  const { thread } = await bundleCode(checkoutFolder, { thread: 'activities/threads/step-thread.ts' });
  threadFile = thread.file;
});

/** A step made of the given body, and a context that keeps what it is told. */
async function runStepOf(
  body: string,
  { signal = new AbortController().signal, readToFile }: Partial<Pick<FileContext, 'signal' | 'readToFile'>> = {},
) {
  const folder = await mkdtemp(path.join(tmpdir(), 'step-'));
  const bundle = path.join(folder, 'step.mjs');
  await writeFile(bundle, `export async function compute(context, parameters, inputs, environment) {${body}}`);
  const blobs = new Map<string, Uint8Array>();
  const given: Uint8Array[] = [];
  const told: StepProgress[] = [];
  const warnings: string[] = [];
  const context: StepContext & Partial<FileContext> = {
    signal,
    ...(readToFile && { readToFile }),
    async read(ref) {
      const bytes = blobs.get(ref.key);
      if (bytes === undefined)
        throw Object.assign(new Error(`no ${ref.key}`), { code: 'DamagedArtifact', retryable: false });
      return bytes.slice();
    },
    async write(bytes) {
      const key = `blob${blobs.size}`;
      given.push(bytes);
      blobs.set(key, bytes.slice());
      return { key, sha256: '0'.repeat(64), sizeBytes: bytes.length };
    },
    progress: (news) => told.push(news),
    warn: (message) => warnings.push(message),
  };
  const task = {
    call: 'compute' as const,
    bundle,
    parameters: { n: 3 },
    inputs: {},
    environment: { cacheFolder: folder, dataRoots: [] },
  };
  return { result: runInThread(threadFile, task, context), blobs, given, told, warnings };
}

describe('a step in a thread', () => {
  it('reads, writes, tells its progress, and returns', async () => {
    const { result, told, warnings, blobs } = await runStepOf(`
      context.progress({ done: 1, total: 2, unit: 'images' });
      context.warn('one left out');
      const ref = await context.write(Uint8Array.of(1, 2, parameters.n));
      const back = await context.read(ref);
      return { output: ref, summary: { sum: back.reduce((a, b) => a + b), cache: environment.cacheFolder.length > 0 } };`);
    await expect(result).resolves.toMatchObject({ summary: { sum: 6, cache: true } });
    expect(told).toEqual([{ done: 1, total: 2, unit: 'images' }]);
    expect(warnings).toEqual(['one left out']);
    expect([...blobs.values()]).toEqual([Uint8Array.of(1, 2, 3)]);
  });

  it('writes a view as its own bytes, leaves those around it alone, and keeps no memory of what was written', async () => {
    const { result, blobs, given } = await runStepOf(`
      const whole = Uint8Array.of(9, 8, 7, 6);
      await context.write(whole.subarray(1, 3));
      return { output: await context.write(whole), summary: { last: whole.length } };`);
    await expect(result).resolves.toBeDefined();
    expect([...blobs.values()].map((bytes) => [...bytes])).toEqual([
      [8, 7],
      [9, 8, 7, 6],
    ]);
    expect(given.map(({ buffer }) => buffer.byteLength)).toEqual([0, 0]);
  });

  it('hands over what lies in a resizable buffer, without a copy', async () => {
    const { result, blobs, given } = await runStepOf(`
      const large = new Uint8Array(new ArrayBuffer(9, { maxByteLength: 20 })).fill(5);
      const output = await context.write(large.subarray(2, 4));
      return { output, summary: { left: large.length } };`);
    await expect(result).resolves.toMatchObject({ summary: { left: 0 } });
    expect([...blobs.values()].map((bytes) => [...bytes])).toEqual([[5, 5]]);
    expect(given.map(({ buffer }) => buffer.byteLength)).toEqual([0]);
  });

  it('throws what the step threw, with name, code and details', async () => {
    const { result } = await runStepOf(
      `throw Object.assign(new RangeError('bad seven'), { code: 'Bad', retryable: false, details: { first: [7] } });`,
    );
    await expect(result).rejects.toMatchObject({
      name: 'RangeError',
      message: 'bad seven',
      code: 'Bad',
      retryable: false,
      details: { first: [7] },
    });
  });

  it('throws what the store threw', async () => {
    const { result } = await runStepOf(`await context.read({ key: 'gone', sha256: '', sizeBytes: 0 });`);
    await expect(result).rejects.toMatchObject({ code: 'DamagedArtifact', message: 'no gone' });
  });

  it('is told the file that a blob was read to, where it may read files', async () => {
    const body = `
      const file = await context.readToFile({ key: 'masters', sha256: '', sizeBytes: 0 });
      return { output: await context.write(Uint8Array.of(1)), summary: { file } };`;
    const { result } = await runStepOf(body, { readToFile: ({ key }) => Promise.resolve(`/cache/${key}`) });
    await expect(result).resolves.toMatchObject({ summary: { file: '/cache/masters' } });
    await expect((await runStepOf(body)).result).rejects.toThrow(/expected a step that reads no files/);
  });

  it('says so when the thread ends without a result', async () => {
    const { result } = await runStepOf(`process.exit(7);`);
    await expect(result).rejects.toMatchObject({ code: 'StepThreadLost', message: /exit code 7/ });
  });

  it('ends on abort even when the step never looks at its signal', async () => {
    const abort = new AbortController();
    const { result, told } = await runStepOf(
      `context.progress({ done: 0, total: 1, unit: 'x' }); await new Promise((resolve) => setInterval(() => {}, 1000));`,
      { signal: abort.signal },
    );
    const outcome = expect(result).rejects.toThrow('stop it');
    await expect.poll(() => told.length).toBe(1);
    abort.abort(new Error('stop it'));
    await outcome;
  });
});
