import { expect, it } from 'vitest';
import { BETA1, BETA2, EPSILON } from '../../../../ml/engines/adam-constants.ts';
import { applyAdamW, HYPER_SIZE, hyperOf } from '../../../../ml/engines/graph/adamw.ts';
import { addSignature, createGraph, serialise, withScope } from '../../../../ml/engines/graph/graph.ts';
import { floatScalar, identityAfter, placeholder } from '../../../../ml/engines/graph/ops/basics.ts';
import { openSession, type Session } from '../../../../ml/engines/graph/session.ts';
import {
  addExportSignature,
  addRestoreSignature,
  readVariable,
  variable,
} from '../../../../ml/engines/graph/variables.ts';
import { createRandom } from '../../../../ml/random.ts';
import { expectClose } from '../close.ts';
import { engineHost } from '../../../../activities/trainer/child/open.ts';
import { loadReferenceTensorFlow } from '../reference-tensorflow.ts';

const SIZE = 6;
const WEIGHT_DECAY = 0.05;
type Name = 'step' | 'export' | 'restore';

/** Two variables of SIZE numbers, `kernel` with decay and `bias` without; gradients are fed. */
async function openOptimizer(): Promise<Session<Name>> {
  const graph = createGraph();
  const hyper = placeholder(graph, 'hyper', 'float32', [HYPER_SIZE]);
  const updates = ['kernel', 'bias'].map((name) => {
    const target = variable(graph, name, [SIZE]);
    return {
      target,
      firstMoment: variable(graph, `first/${name}`, [SIZE]),
      secondMoment: variable(graph, `second/${name}`, [SIZE]),
      value: readVariable(graph, target),
      gradient: placeholder(graph, `gradient/${name}`, 'float32', [SIZE]),
      decays: name === 'kernel',
    };
  });
  const done = identityAfter(graph, floatScalar(graph, 0), 'done', applyAdamW(graph, updates, hyper, []));
  const [kernel, bias] = updates.map(({ gradient }) => gradient);
  addSignature(graph, 'step', { inputs: { hyper, kernel: kernel!, bias: bias! }, outputs: { done } });
  const state = updates.flatMap(({ target, firstMoment, secondMoment }) => [target, firstMoment, secondMoment]);
  withScope(graph, 'export', () => addExportSignature(graph, 'export', state));
  withScope(graph, 'restore', () => addRestoreSignature(graph, 'restore', state));
  const tf = await loadReferenceTensorFlow();
  const names = ['step', 'export', 'restore'] as const;
  return engineHost.withModelFolder(serialise(graph), (folder) => openSession(tf, folder, names));
}

/** Plain AdamW in double precision: Loshchilov and Hutter, algorithm 2, with epsilon hat. */
function plainStep(state: number[][], gradient: number[], trainStep: number, rate: number, decay: number): void {
  const [value, first, second] = state as [number[], number[], number[]];
  const scale = (rate * Math.sqrt(1 - BETA2 ** trainStep)) / (1 - BETA1 ** trainStep);
  gradient.forEach((g, i) => {
    first[i] = BETA1 * first[i]! + (1 - BETA1) * g;
    second[i] = BETA2 * second[i]! + (1 - BETA2) * g * g;
    value[i] = value[i]! - rate * decay * value[i]! - (scale * first[i]) / (Math.sqrt(second[i]) + EPSILON);
  });
}

it('an optimizer step agrees with a plain implementation of AdamW, decay on kernels only', async () => {
  const session = await openOptimizer();
  const random = createRandom(11);
  const draw = (): number[] => Array.from({ length: SIZE }, () => Math.fround(random.normal()));
  const zeros = (): number[] => Array.from({ length: SIZE }, () => 0);
  const plain = { kernel: [draw(), zeros(), zeros()], bias: [draw(), zeros(), zeros()] };
  const flat = (): Float32Array => Float32Array.from([...plain.kernel, ...plain.bias].flat());
  session.run('restore', { vector: { values: flat(), shape: [SIZE * 6] } });

  for (let trainStep = 1; trainStep <= 20; trainStep++) {
    const rate = 0.01 / trainStep;
    const gradients = { kernel: draw(), bias: draw() };
    const feed = (values: number[] | Float32Array) => ({ values: Float32Array.from(values), shape: [values.length] });
    const hyper = feed(hyperOf(trainStep, rate, WEIGHT_DECAY));
    session.run('step', { hyper, kernel: feed(gradients.kernel), bias: feed(gradients.bias) });
    plainStep(plain.kernel, gradients.kernel, trainStep, rate, WEIGHT_DECAY);
    plainStep(plain.bias, gradients.bias, trainStep, rate, 0);
  }
  expectClose(session.run('export', {})['vector']!, flat(), 2e-6);
  session.dispose();
});

it('the powers of the decay rates stay exact far into a run', () => {
  const [, , beta1Power, beta2Power] = hyperOf(3_000, 1e-3, 1e-4);
  expect(beta1Power).toBe(Math.fround(0.9 ** 3_000));
  expect(beta2Power! / 0.999 ** 3_000).toBeCloseTo(1, 6);
});
