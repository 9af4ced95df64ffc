import { describe, expect, it } from 'vitest';
import { fitTemperature, foldTemperature, MIN_TEMPERATURE, NoLastDenseLayer } from '../../ml/calibration.ts';
import { networks, parametersOf, weightsFromVector, type Weights } from '../../ml/model.ts';
import { softmax } from '../../ml/probabilities.ts';
import { createRandom } from '../../ml/random.ts';

const CLASSES = 5;

/** Logits from which labels are drawn, then made too timid or too bold by `temperature`. */
function drawn(count: number, temperature: number): { logits: Float32Array; labels: Int32Array } {
  const random = createRandom(3, count);
  const logits = Float32Array.from({ length: count * CLASSES }, () => random.normal() * 2);
  const probabilities = softmax(logits, CLASSES);
  const labels = Int32Array.from({ length: count }, (_, sample) => {
    let rest = random.uniform();
    for (let index = 0; index < CLASSES; index++) {
      rest -= probabilities[sample * CLASSES + index]!;
      if (rest < 0) return index;
    }
    return CLASSES - 1;
  });
  return { logits: logits.map((logit) => logit * temperature), labels };
}

describe('fitTemperature', () => {
  it.each([0.48, 1, 2.5])('finds the temperature %f that the logits were spoilt with', (temperature) => {
    const { logits, labels } = drawn(20_000, temperature);
    const fit = fitTemperature(logits, labels, CLASSES);
    expect(fit.temperature / temperature).toBeGreaterThan(0.97);
    expect(fit.temperature / temperature).toBeLessThan(1.03);
    expect(fit.lossAfter).toBeLessThanOrEqual(fit.lossBefore);
    expect(fit.errorAfter).toBeLessThan(0.01);
  });
  it('stands at the minimum: a little colder or warmer is worse', () => {
    const { logits, labels } = drawn(2_000, 1.7);
    const { temperature, lossAfter } = fitTemperature(logits, labels, CLASSES);
    for (const factor of [0.98, 1.02]) {
      const scaled = logits.map((logit) => logit / (temperature * factor));
      expect(fitTemperature(scaled, labels, CLASSES).lossBefore).toBeGreaterThan(lossAfter);
    }
  });
  it('gives the same bits twice', () => {
    const { logits, labels } = drawn(1_000, 0.7);
    expect(fitTemperature(logits, labels, CLASSES)).toEqual(fitTemperature(logits, labels, CLASSES));
  });
  it('stops at the coldest temperature when there is no mistake to learn from', () => {
    const fit = fitTemperature(Float32Array.of(1, 0, 0, 1), [0, 1], 2);
    expect(fit.temperature).toBeCloseTo(MIN_TEMPERATURE, 6);
  });
  it('leaves the temperature alone when the logits say nothing', () => {
    expect(fitTemperature(new Float32Array(4), [0, 1], 2).temperature).toBe(1);
  });
  it('refuses an empty split and lengths that do not fit', () => {
    expect(() => fitTemperature(new Float32Array(0), [], 2)).toThrow(RangeError);
    expect(() => fitTemperature(new Float32Array(3), [0], 2)).toThrow(RangeError);
  });
});

describe('foldTemperature', () => {
  const parameters = parametersOf(networks.compact, CLASSES);
  const size = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const weights: Weights = weightsFromVector(parameters, new Float32Array(size).fill(3));

  it('divides kernel and bias of the last dense layer and shares the rest', () => {
    const folded = foldTemperature(weights, networks.compact, 2);
    expect(folded.get('logits/kernel')?.every((value) => value === 1.5)).toBe(true);
    expect(folded.get('logits/bias')?.[0]).toBe(1.5);
    expect(weights.get('logits/bias')?.[0]).toBe(3);
    expect(folded.get('conv1/kernel')).toBe(weights.get('conv1/kernel'));
  });
  it('refuses a network that does not end in a dense layer, and a temperature that is not above 0', () => {
    expect(() => foldTemperature(weights, [{ kind: 'relu' }], 2)).toThrow(NoLastDenseLayer);
    expect(() => foldTemperature(weights, networks.compact, 0)).toThrow(RangeError);
    expect(() => foldTemperature(new Map(), networks.compact, 1)).toThrow("expected 'logits/kernel'");
  });
});
