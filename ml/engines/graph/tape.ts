// Reverse-mode differentiation. Each op that can be differentiated records how the gradients of its inputs follow from
// those of its outputs; going back over the records in reverse gives every gradient once.

import { addTensor, type Graph } from './graph.ts';
import { InvalidGraph, type FloatTensor } from './tensor.ts';

export interface TapeEntry {
  inputs: FloatTensor[];
  outputs: FloatTensor[];
  /**
   * One gradient an input, in order.
   * @param outputGradients one an output; undefined where the output has no influence
   * @param isNeeded false for an input whose gradient no one asks for: make no nodes for it
   */
  backward(
    outputGradients: (FloatTensor | undefined)[],
    isNeeded: (input: number) => boolean,
  ): (FloatTensor | undefined)[];
}

export function record(graph: Graph, entry: TapeEntry): void {
  graph.tape.push(entry);
}

const keyOf = (tensor: FloatTensor): string => `${tensor.node}:${tensor.output}`;

/**
 * Adds the nodes that compute d(sum(output × outputGradient)) / d(target) for each target, shaped like the target.
 * @throws InvalidGraph when the output does not depend on a target
 */
export function gradients(
  graph: Graph,
  { output, outputGradient, targets }: { output: FloatTensor; outputGradient: FloatTensor; targets: FloatTensor[] },
): FloatTensor[] {
  const collected = new Map<string, FloatTensor[]>([[keyOf(output), [outputGradient]]]);
  const needed = neededTensors(graph, targets);

  const gradientOf = (tensor: FloatTensor): FloatTensor | undefined => {
    const parts = collected.get(keyOf(tensor));
    if (parts === undefined || parts.length < 2) return parts?.[0];
    const attributes = { T: { type: 'float32' }, N: { int: parts.length } } as const;
    const sum = addTensor(graph, { op: 'AddN', inputs: parts, attributes }, 'float32', tensor.shape);
    collected.set(keyOf(tensor), [sum]);
    return sum;
  };

  for (const entry of graph.tape.toReversed()) {
    if (!entry.inputs.some((input) => needed.has(keyOf(input)))) continue;
    const outputGradients = entry.outputs.map(gradientOf);
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    const isNeeded = (input: number): boolean => needed.has(keyOf(entry.inputs[input]!));
    entry.backward(outputGradients, isNeeded).forEach((gradient, i) => {
      if (gradient === undefined || !isNeeded(i)) return;
      const key = keyOf(entry.inputs[i]!);
      collected.set(key, [...(collected.get(key) ?? []), gradient]);
    });
  }
  return targets.map((target) => {
    const gradient = gradientOf(target);
    if (gradient === undefined) throw new InvalidGraph(`gradients: ${output.node} does not depend on ${target.node}`);
    return gradient;
  });
}

/** The targets and all that is computed from them. */
function neededTensors(graph: Graph, targets: FloatTensor[]): Set<string> {
  const needed = new Set(targets.map(keyOf));
  for (const { inputs, outputs } of graph.tape) {
    if (inputs.some((input) => needed.has(keyOf(input)))) for (const output of outputs) needed.add(keyOf(output));
  }
  return needed;
}
