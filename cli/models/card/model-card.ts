// README.md of an exported model, as Hugging Face shows it: what it reads, how well, of what it was made, how it is used.
// A pure function of records: the same version gives the same card.

import { canonicalDigest } from '../../../artifacts/canonical.ts';
import type { ModelVersion, RunRecord } from '../../../artifacts/manifests.ts';
import type { ExportFormat } from '../../../inference/export/export-formats.ts';
import type { ExportProof } from '../../../inference/export/prove-export.ts';
import type { SampleMetrics } from '../../../ml/metrics.ts';
import type { Proportion } from '../../../ml/proportion.ts';
import { figure, percent, size, tiny } from '../../format.ts';
import type { Origin } from '../origin.ts';
import { publicConfiguration } from './configuration.ts';
import { frontMatter } from './front-matter.ts';
import { USAGE } from './usage.ts';

export interface CardOptions {
  version: ModelVersion;
  origin: Origin;
  /** Undefined where the run's record is gone. */
  run: RunRecord | undefined;
  format: ExportFormat;
  /** An SPDX identifier, or what Hugging Face takes instead. */
  licence: string;
  proof: ExportProof;
  tolerance: number;
  files: readonly { name: string; sizeBytes: number; sha256: string }[];
}

export function modelCard(options: CardOptions): string {
  const sections = [opening, inputs, classes, quality, data, training, usage, limits, files];
  return `${frontMatter(options)}\n${sections.map((section) => section(options).trim()).join('\n\n')}\n`;
}

const opening = ({ version, format, proof, tolerance }: CardOptions): string => `
# ${version.name} version ${version.version}

Reads one digit in a small gray picture, and says when there is none. ${USAGE[format].title}, exported by digitflow.

Before it was written, ${proof.runtime} read the ${figure(proof.samples)} samples of the test split from these files: its probabilities differ from the trainer's by at most ${tiny(proof.largestDifference)} (allowed: ${tolerance.toExponential()}).
`;

const PREPROCESSING: Record<ModelVersion['preprocessing'], string> = {
  digit:
    '`digit`: the ink is found by its contrast to the ground, whichever is darker, and made bright on 0; specks are removed; the box around the ink is scaled until its longer side is 26 of 32 pixels, and centred; the brightest pixel becomes 255. A picture without ink is all zeros.',
  reference:
    '`reference`: the whole picture is resized to 32×32 (bilinear), then its histogram is equalised. Polarity stays as it is.',
};

const inputs = ({ version }: CardOptions): string => `
## Input

\`image\`: float32 [batch, 32, 32, 1], gray levels divided by 255.

A picture becomes such an input by the preprocessing ${PREPROCESSING[version.preprocessing]}

The code is \`ml/image/network-input.ts\` of digitflow; \`digitflow predict\` and its inference worker apply it. A model that is fed otherwise reads worse than the figures below.
`;

const classes = ({ version }: CardOptions): string => `
## Output

\`probabilities\`: float32 [batch, ${version.classes.length}], calibrated, one for each of the classes

${version.classes.map((name, index) => `- ${index}: ${code(name)}`).join('\n')}

${
  version.classes.includes('none')
    ? "`none` means: no digit. The decision is **none** when `none` is likelier than every digit; **digit**, the likeliest one, when that one's"
    : 'The decision is **digit**, the likeliest one, when its'
} probability is at least ${version.threshold}; else **uncertain**.
`;

const range = (share: Proportion | null): string =>
  share === null ? '–' : `${percent(share.value)} (${(share.low * 100).toFixed(2)} – ${percent(share.high)})`;

const row = (name: string, figures: SampleMetrics): string =>
  `| ${text(name)} | ${[
    figure(figures.count),
    range(figures.accuracy),
    range(figures.recallAtThreshold),
    range(figures.wrongAtThreshold),
    range(figures.falseDigits),
    figures.loss.toFixed(4),
    percent(figures.calibrationError),
  ].join(' | ')} |`;

const quality = ({ origin: { metrics } }: CardOptions): string => `
## How well it reads

On the test split, which no training saw and which was looked at once. In brackets the 95 % interval (Wilson).

| slice | samples | accuracy | recall at the threshold | wrong at the threshold | false digits | loss | calibration error |
| --- | --- | --- | --- | --- | --- | --- | --- |
${Object.entries(metrics.bySource)
  .map(([name, figures]) => row(name, figures))
  .join('\n')}
${row('all', metrics)}

Accuracy: digits read right, of the digits, whatever the threshold. Recall: read right and sure enough to be said. False digits: pictures without a digit that are said to be one.
`;

function data({ origin: { dataset, splits } }: CardOptions): string {
  const samples = Object.entries(splits.splits).map(([name, { sampleCount }]) => `${name} ${figure(sampleCount)}`);
  const sources = dataset.sources.map(({ name, kind, licences }, index) => {
    const alike = dataset.sources.slice(0, index).find((other) => sameList(other.licences, licences));
    const told = [...new Set(licences.map(({ licence }) => licence))].map((licence) => {
      const packages = licences.filter((each) => each.licence === licence);
      return `${text(licence)} (${packages.map(packageName).join(', ')})`;
    });
    const count = Object.values(dataset.counts[name] ?? {}).reduce((sum, each) => sum + each, 0);
    return `- **${text(name)}** (${text(kind)}, ${figure(count)} samples): ${
      told.length === 0
        ? "the trainer's own images; no licence is recorded"
        : alike === undefined
          ? told.join('; ')
          : `of the same packages as **${text(alike.name)}**`
    }`;
  });
  const { sharedGroups, sharedPixels } = splits.leakage;
  return `
## Data

Dataset ${code(dataset.name)}, ${figure(dataset.sampleCount)} samples: ${samples.join(', ')}. Groups on two sides of the split: ${sharedGroups}; equal pictures on two sides: ${sharedPixels}.

${sources.join('\n')}
`;
}

const sameList = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  JSON.stringify(some) === JSON.stringify(others);

const packageName = ({ package: name, version }: { package: string; version: string }): string =>
  code(`${name}@${version}`);

function training({ version, origin, run }: CardOptions): string {
  const { training: made, evaluation } = origin;
  const { commit, dirty } = version.code;
  const facts = [
    `Network \`${made.network}\`, ${figure(made.trainSteps)} training steps of ${figure(made.batchSize)} samples, temperature ${evaluation.temperature.toFixed(4)} folded into the last layer.`,
    `Weights: SHA-256 \`${made.weightsSha256}\`.`,
    `Version digest: \`${version.digest}\`, published ${version.createdAt}.`,
    typeof commit === 'string'
      ? `Code: commit \`${commit}\`${dirty === true ? ', with changes that no commit holds' : ''}.`
      : 'Code: the version names no commit.',
  ];
  const list = facts.map((fact) => `- ${fact}`).join('\n');
  if (run === undefined) return `\n## Training\n\n${list}\n- The run's record was collected.\n`;
  return `
## Training

${list}
- Run configuration: SHA-256 \`${canonicalDigest(run.configuration)}\`.

<details><summary>The whole configuration</summary>

\`\`\`json
${JSON.stringify(publicConfiguration(run.configuration), null, 2)}
\`\`\`

</details>
`;
}

const usage = ({ format }: CardOptions): string => `
## Use

${USAGE[format].snippets
  .map(({ language, install, code: lines }) => `\`${install}\`\n\n\`\`\`${language}\n${lines}\n\`\`\``)
  .join('\n\n')}
`;

const limits = ({ version, origin: { dataset } }: CardOptions): string => `
## Limits

- It reads one digit a picture. Finding digits in a photo, and reading several, is what digitflow's reader does around it.
- It was measured on ${dataset.sources.map(({ name }) => text(name)).join(', ')}. Other pens, papers, cameras and scripts may read worse: measure on your own samples before anything depends on it.
- ${
  version.classes.includes('none')
    ? 'What is no digit is told from what digitflow makes as negatives; other things may look like a digit to it.'
    : 'It has no class for what is no digit: it sees a digit in everything, and only the threshold speaks against it.'
}
- Not for decisions about people, nor where a misread digit does harm, without a person who looks.
`;

const files = ({ files: all, version }: CardOptions): string => `
## Files

| file | size | SHA-256 |
| --- | --- | --- |
${all.map(({ name, sizeBytes, sha256 }) => `| \`${name}\` | ${size(sizeBytes)} | \`${sha256}\` |`).join('\n')}

The published version was signed (Ed25519) by \`${version.signature.publicKey}\`, and its signature and digests were checked at this export. \`digitflow.json\` says the same for programs.
`;

/** Names of people's own making, in the middle of a sentence or a table. */
const text = (words: string): string => words.replaceAll(/[\\`*_{}[\]<>|#]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');
const code = (words: string): string => `\`${words.replaceAll(/[`\s|]+/g, ' ')}\``;
