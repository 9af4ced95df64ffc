import { describe, expect, it } from 'vitest';
import { presets } from '../../config/presets.ts';
import { InvalidInput, resolveRunConfiguration, resolveRunInput } from '../../config/resolve.ts';

const problemsOf = (input: unknown): string[] => {
  try {
    resolveRunConfiguration(input);
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems;
    throw error;
  }
  return [];
};

describe('a run configuration', () => {
  it.each([undefined, null, {}, { preset: 'builtin' }])('is whole when given %j', (input) => {
    const { preset: _, ...resolved } = resolveRunConfiguration(input);
    const { preset: __, ...expected } = resolveRunConfiguration({});
    expect(resolved).toEqual(expected);
    expect(resolved.ingest.source).toMatchObject({ kind: 'builtin', typefaces: 120 });
  });

  it.each(Object.keys(presets))('resolves preset %s', (preset) => {
    expect(problemsOf({ preset })).toEqual([]);
  });

  it('trains fast-print on at most 51,200 samples, each augmented one used twice', () => {
    const { augment, train } = resolveRunConfiguration({ preset: 'fast-print' });
    expect(train.trainSteps * train.batchSize).toBe(2 * augment.poolSize);
    expect(train.trainSteps * train.batchSize).toBeLessThanOrEqual(51_200);
    expect(train.network).toBe('compact');
  });

  it('lets what is given win over the preset, and replaces a source of another kind whole', () => {
    const resolved = resolveRunConfiguration({
      preset: 'quick',
      train: { trainSteps: 7 },
      ingest: { source: { kind: 'folder', path: '/data' } },
    });
    expect(resolved.train).toMatchObject({ trainSteps: 7, network: 'compact' });
    expect(resolved.ingest.source).toEqual({ kind: 'folder', path: '/data' });
    expect(resolved.augment.poolSize).toBe(16_384);
  });

  it('takes what the machine has for its own default, and lets a preset, a word and a file win over it', () => {
    const onMachine = (input: unknown) =>
      resolveRunInput(input, { train: { engine: 'wasm' } }).configuration.train.engine;
    expect([{}, undefined, { preset: 'quick' }, { train: { seed: 2 } }].map(onMachine)).toEqual(Array(4).fill('wasm'));
    expect(onMachine({ train: { engine: 'tfjs-node' } })).toBe('tfjs-node');
    expect(resolveRunInput({}).configuration.train.engine).toBe('tfjs-node');
  });

  it('asks one step alone for the run whose results it reads, but for ingest, which reads none', () => {
    expect(resolveRunInput({ rerun: { only: 'ingest' } }).rerun).toMatchObject({ only: 'ingest' });
    expect(() => resolveRunInput({ rerun: { only: 'preprocess' } })).toThrow(/rerun\.of: expected the run/);
  });

  it('lists every problem at once, with expected and got, and suggests the right key', () => {
    const problems = problemsOf({
      trian: {},
      train: { trainStep: 3, batchSize: -1, network: 'big' },
      preprocess: { preprocesing: 'digit' },
    });
    expect(problems).toHaveLength(5);
    expect(problems.join('\n')).toMatch(/trian: unknown key \(did you mean train\?\)/);
    expect(problems.join('\n')).toMatch(/train\.trainStep: unknown key \(did you mean trainSteps\?\)/);
    expect(problems.join('\n')).toMatch(/train\.batchSize: .*-1/);
    expect(problems.join('\n')).toMatch(/train\.network: .*"big"/);
    expect(problems.join('\n')).toMatch(/did you mean preprocessing\?/);
  });

  it.each([
    [{ preset: 'quik' }, /did you mean quick/],
    [5, /expected an object/],
    [{ preprocess: { trainRatio: 0.9, validationRatio: 0.1 } }, /must leave at least 0.01/],
    [{ ingest: { source: { kind: 'archive' } } }, /exactly one of path and parts/],
    [{ augment: { shares: { a: 0.7, b: 0.6 } } }, /sum of at most 1/],
    [{ augment: { poolSize: 32 } }, /at least one batch/],
    [{ publish: { model: 'My Model' } }, /lower-case name/],
    [{ ingest: { source: { kind: 'foo' } } }, /ingest\.source\.kind/],
  ])('refuses %j', (input, problem) => {
    expect(problemsOf(input).join('\n')).toMatch(problem);
  });
});
