// What a report tells. Nothing in it may depend on the time or the run: an evaluation that is reused must still be true.

import type { TemperatureFit } from '../calibration.ts';
import type { GrayImage } from '../image/gray-image.ts';
import type { Metrics } from '../metrics.ts';
import type { PairedReadings } from '../paired.ts';
import type { ClassCounts, CurvePoint } from '../plots.ts';
import type { ReliabilityBin } from '../reliability.ts';
import type { ChosenThreshold } from '../threshold.ts';

/** A misread sample, to be looked at. */
export interface Mistake {
  image: GrayImage;
  /** Class names. */
  label: string;
  read: string;
  /** Of what was read, 0–1. */
  probability: number;
  source: string;
}

export type Champion =
  | { state: 'none' }
  | { state: 'unmeasured'; /** Why, as a half sentence. */ reason: string }
  | { state: 'measured'; /** e.g. `digits 3`. */ name: string; metrics: Metrics; paired: PairedReadings };

export interface ReportData {
  /** Name of the model, e.g. `digits`. */
  model: string;
  classes: readonly string[];
  /** On the test split, with the temperature folded in. */
  metrics: Metrics;
  champion: Champion;
  verdict: { promoted: boolean; /** One sentence. */ reason: string };
  threshold: ChosenThreshold & { /** 0–1 */ recallTarget: number };
  /** null when no temperature was fitted. */
  calibration: TemperatureFit | null;
  /** Of the test split before the temperature; empty when none was fitted. */
  uncalibrated: readonly ReliabilityBin[];
  curves: readonly CurvePoint[];
  /** All samples of the dataset. */
  counts: ClassCounts;
  /** Number of samples of each split, in the order to be shown. */
  splits: Record<string, number>;
  mistakes: readonly Mistake[];
  /** How many samples were misread altogether. */
  mistakeCount: number;
  /** Short facts for the head of the report: network, preprocessing, training steps, … */
  facts: Record<string, string | number>;
  /** The resolved run configuration. */
  configuration: unknown;
  /** Commands, one a line. */
  reproduce: readonly string[];
  links: readonly { text: string; href: string }[];
}

/** Names of the charts, as files are called without their ending. */
export const CHART_NAMES = ['curves', 'class-distribution', 'confusion', 'reliability', 'by-source'] as const;
export type ChartName = (typeof CHART_NAMES)[number];
export type Charts = Record<ChartName, string>;
