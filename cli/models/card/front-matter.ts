// The head of a model card, which Hugging Face reads: licence, library, tags, and the figures as a model index.

import type { ModelVersion } from '../../../artifacts/manifests.ts';
import type { SampleMetrics } from '../../../ml/metrics.ts';
import type { ExportFormat } from '../../../inference/export/export-formats.ts';
import type { Origin } from '../origin.ts';
import { USAGE } from './usage.ts';
import { yaml, type Plain } from './yaml.ts';

interface FrontMatterOptions {
  version: ModelVersion;
  origin: Origin;
  format: ExportFormat;
  licence: string;
}

export function frontMatter({ version, origin, format, licence }: FrontMatterOptions): string {
  const { dataset, metrics } = origin;
  const slices = Object.entries(metrics.bySource);
  const results = [
    resultOf(dataset.name, undefined, metrics),
    ...(slices.length > 1 ? slices.map(([name, figures]) => resultOf(dataset.name, name, figures)) : []),
  ];
  const head = {
    license: licence,
    library_name: USAGE[format].library,
    pipeline_tag: 'image-classification',
    tags: ['digitflow', 'image-classification', 'digit-recognition', format],
    metrics: ['accuracy'],
    'model-index': [{ name: `${version.name} version ${version.version}`, results }],
  };
  return `---\n${yaml(head)}\n---\n`;
}

function resultOf(dataset: string, slice: string | undefined, figures: SampleMetrics): Plain {
  const { accuracy, recallAtThreshold, falseDigits, loss } = figures;
  const share = (type: string, name: string, value: typeof accuracy): Plain[] =>
    value === null ? [] : [{ type, name, value: value.value }];
  return {
    task: { type: 'image-classification', name: 'Digit recognition' },
    dataset: {
      name: slice === undefined ? dataset : `${dataset}: ${slice}`,
      type: dataset,
      config: slice,
      split: 'test',
    },
    metrics: [
      ...share('accuracy', 'Accuracy on digits', accuracy),
      ...share('recall', 'Recall at the threshold', recallAtThreshold),
      ...share('false_positive_rate', 'False digits', falseDigits),
      { type: 'loss', name: 'Cross-entropy', value: loss },
    ],
  };
}
