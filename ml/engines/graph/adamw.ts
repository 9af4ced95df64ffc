// AdamW: Adam with weight decay that is decoupled from the gradient. Sources: Kingma and Ba, "Adam", 2015 (the form of
// section 2 with epsilon hat, as TensorFlow's op has it); Loshchilov and Hutter, "Decoupled weight decay", 2019.

import { pow } from '../../math.ts';
import { BETA1, BETA2, EPSILON } from '../adam-constants.ts';
import { addNode, type Graph } from './graph.ts';
import { floatScalar, multiply, unstack } from './ops/basics.ts';
import type { FloatTensor } from './tensor.ts';
import { assignSubtract, type Variable } from './variables.ts';

/** What a step feeds: [rate, decay, beta1 ^ trainStep, beta2 ^ trainStep]. */
export const HYPER_SIZE = 4;

/** Fed rather than kept in variables, so that state and step number are the whole checkpoint, bit for bit. */
export const hyperOf = (trainStep: number, rate: number, weightDecay: number): Float32Array =>
  Float32Array.of(rate, rate * weightDecay, pow(BETA1, trainStep), pow(BETA2, trainStep));

export interface Update {
  target: Variable;
  firstMoment: Variable;
  secondMoment: Variable;
  /** The target's value, read before any update. */
  value: FloatTensor;
  gradient: FloatTensor;
  decays: boolean;
}

/**
 * Updates all targets: target −= decay × value where it decays, then Adam's step.
 * @param hyper [HYPER_SIZE]
 * @param after what must have run before the first write
 * @returns the last node of each update
 */
export function applyAdamW(graph: Graph, updates: Update[], hyper: FloatTensor, after: string[]): string[] {
  const [rate, decay, beta1Power, beta2Power] = unstack(graph, hyper);
  const scalars = [BETA1, BETA2, EPSILON].map((value) => floatScalar(graph, value));
  return updates.map(({ target, firstMoment, secondMoment, value, gradient, decays }) => {
    const ready = decays ? [assignSubtract(graph, target, multiply(graph, value, decay!), after)] : after;
    const handles = [target.handle, firstMoment.handle, secondMoment.handle];
    const inputs = [...handles, beta1Power!, beta2Power!, rate!, ...scalars, gradient];
    return addNode(graph, { op: 'ResourceApplyAdam', inputs, after: ready, attributes: { T: { type: 'float32' } } });
  });
}
