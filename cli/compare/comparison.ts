// The comparison as one document: what people read, what the page shows, what --json prints.

import type { Metrics, SampleMetrics } from '../../ml/metrics.ts';
import type { ModelComparison, PairedShare, PairedShares } from '../../ml/comparison.ts';
import type { Proportion } from '../../ml/proportion.ts';
import { runName } from '../runs/run-name.ts';
import type { MatchedBy, TestAnswers } from './answers.ts';
import type { Changes } from './changes.ts';
import type { Subject } from './subject.ts';

export const SHARES = ['accuracy', 'recallAtThreshold', 'wrongAtThreshold', 'falseDigits'] as const;
export type ShareName = (typeof SHARES)[number];

/** Each model's figure on its own test split, and how they differ on the samples that both have. */
export interface ComparedShare {
  a: Proportion | null;
  b: Proportion | null;
  /** B less A; null where no sample is common. */
  paired: PairedShare | null;
}

export type ComparedFigures = Record<ShareName, ComparedShare> & {
  samples: { a: number; b: number; common: number };
  loss: { a: number; b: number };
  calibrationError: { a: number; b: number };
};

interface SubjectDocument {
  name: string;
  run: string;
  model: { name: string; version: number; digest: string } | null;
  network: string;
  threshold: number;
  commit: string | null;
}

export interface Said {
  sample: string;
  said: string;
  digit: string;
  probability: number;
}

export interface ComparisonDocument {
  a: SubjectDocument;
  b: SubjectDocument;
  test: { same: boolean; matchedBy: MatchedBy; a: number; b: number; common: number };
  configuration: Changes['configuration'] | null;
  made: Changes['made'];
  unknown: string[];
  figures: ComparedFigures;
  /** Slices that either has. */
  bySource: Record<string, ComparedFigures>;
  disagreements: {
    count: number;
    onlyA: number;
    onlyB: number;
    neither: number;
    samples: { label: string; source: string; right: 'a' | 'b' | 'neither'; a: Said; b: Said }[];
  };
}

export interface ComparisonParts {
  subjects: readonly [Subject, Subject];
  answers: readonly [TestAnswers, TestAnswers];
  by: MatchedBy;
  changes: Changes;
  compared: ModelComparison;
}

export function comparisonDocument({ subjects, answers, by, changes, compared }: ComparisonParts): ComparisonDocument {
  const [a, b] = subjects;
  const [metricsA, metricsB] = [a.origin.metrics, b.origin.metrics];
  const slices = [...new Set([...Object.keys(metricsA.bySource), ...Object.keys(metricsB.bySource)])];
  const samples = compared.disagreements.map(({ label, source, right, a: ofA, b: ofB }) => ({
    label,
    source,
    right,
    a: said(answers[0], ofA),
    b: said(answers[1], ofB),
  }));
  const counted = (who: 'a' | 'b' | 'neither'): number => samples.filter(({ right }) => right === who).length;
  return {
    a: describe(a),
    b: describe(b),
    test: {
      same: by === 'split',
      matchedBy: by,
      a: answers[0].labels.length,
      b: answers[1].labels.length,
      common: compared.common,
    },
    configuration: changes.configuration ?? null,
    made: changes.made,
    unknown: changes.unknown,
    figures: figures(metricsA, metricsB, compared.all, compared.common),
    bySource: Object.fromEntries(
      slices.map((name) => {
        const slice = compared.bySource[name];
        return [name, figures(metricsA.bySource[name], metricsB.bySource[name], slice, slice?.common ?? 0)];
      }),
    ),
    disagreements: {
      count: samples.length,
      onlyA: counted('a'),
      onlyB: counted('b'),
      neither: counted('neither'),
      samples,
    },
  };
}

function describe({ name, run, version, origin, record }: Subject): SubjectDocument {
  const commit = version?.code['commit'];
  return {
    name,
    run: runName(record ?? run),
    model: version === undefined ? null : { name: version.name, version: version.version, digest: version.digest },
    network: origin.training.network,
    threshold: origin.evaluation.threshold,
    commit: typeof commit === 'string' ? commit : null,
  };
}

const said = ({ names }: TestAnswers, { sample, ...saying }: { sample: number } & Omit<Said, 'sample'>): Said => ({
  sample: names[sample]!,
  ...saying,
});

function figures(
  a: SampleMetrics | Metrics | undefined,
  b: SampleMetrics | Metrics | undefined,
  paired: PairedShares | undefined,
  common: number,
): ComparedFigures {
  const share = (name: ShareName): ComparedShare => ({
    a: a?.[name] ?? null,
    b: b?.[name] ?? null,
    paired: paired?.[name] ?? null,
  });
  return {
    samples: { a: a?.count ?? 0, b: b?.count ?? 0, common },
    accuracy: share('accuracy'),
    recallAtThreshold: share('recallAtThreshold'),
    wrongAtThreshold: share('wrongAtThreshold'),
    falseDigits: share('falseDigits'),
    loss: { a: a?.loss ?? 0, b: b?.loss ?? 0 },
    calibrationError: { a: a?.calibrationError ?? 0, b: b?.calibrationError ?? 0 },
  };
}
