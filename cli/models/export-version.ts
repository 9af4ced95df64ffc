// digitflow models export: a version's files in a format of other programs, proved against the trainer's answers, with a
// model card.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { getBlob } from '../../artifacts/blobs.ts';
import { sha256 } from '../../artifacts/canonical.ts';
import type { ModelVersion } from '../../artifacts/manifests.ts';
import type { ExportFile } from '../../inference/export/export-files.ts';
import type { ExportFormat } from '../../inference/export/export-formats.ts';
import type { ExportProof } from '../../inference/export/prove-export.ts';
import type { CliContext } from '../context.ts';
import { figure, size, table, tiny } from '../format.ts';
import { modelCard } from './card/model-card.ts';
import { openExportFolder } from './export-folder.ts';
import { openVersion } from './open-predictor.ts';
import { evaluationOf, readOrigin, runRecordOf } from './origin.ts';

export interface ExportOptions {
  model: string;
  format: ExportFormat;
  to: string;
  license: string;
  force?: boolean;
}

const CARD = 'README.md';
const RECORD = 'digitflow.json';

/**
 * @param text a number or an alias
 * @throws NoSuchVersion, UntrustedModel, ForbiddenModel, DamagedArtifact, CommandFailed, ExportDisagrees, RuntimeFailure
 */
export async function exportVersion(context: CliContext, text: string, options: ExportOptions): Promise<void> {
  const { terminal, signal } = context;
  const { model, format, license: licence, force = false } = options;
  const folder = path.resolve(context.folder, options.to);
  const place = await openExportFolder(folder, { force });
  try {
    const { version, loaded } = await openVersion(context, { model, at: text });
    const name = `${version.name} version ${version.version}`;
    const store = await context.store();
    const evaluation = await evaluationOf(store, version, "the export can't be checked");
    const origin = await readOrigin(store, evaluation);
    const run = await runRecordOf(store, version.run);
    const [probabilities, ...testInputs] = await Promise.all(
      [evaluation.probabilities, ...origin.splits.splits.test.inputs].map((ref) => getBlob(store, ref)),
    );

    const { exportFiles } = await import('../../inference/export/export-files.ts');
    const { EXPORT_TOLERANCE, proveExport } = await import('../../inference/export/prove-export.ts');
    const files = exportFiles(format, loaded.files);
    for (const file of files) await writeFile(path.join(place.staging, file.name), file.bytes);
    terminal.note(`checking ${name} as ${format} on ${figure(origin.splits.splits.test.sampleCount)} test samples`);
    quietTensorFlow();
    const proof = await proveExport({
      format,
      folder: place.staging,
      classCount: version.classes.length,
      testInputs,
      probabilities: new Float32Array(probabilities!.slice().buffer),
      signal,
    });

    const listed = files.map(({ name: file, bytes }) => describe(file, bytes));
    const card = modelCard({
      version,
      origin,
      run,
      format,
      licence,
      proof,
      tolerance: EXPORT_TOLERANCE,
      files: listed,
    });
    await writeFile(path.join(place.staging, CARD), card);
    const record = exportRecord({ version, format, proof, tolerance: EXPORT_TOLERANCE, files: listed });
    await writeFile(path.join(place.staging, RECORD), `${JSON.stringify(record, null, 2)}\n`);
    await readBack(place.staging, files);
    await chmod(place.staging, 0o777 & ~process.umask()); // as any folder is, not as a temporary one
    signal.throwIfAborted();
    await place.commit();

    terminal.document({ ...record, folder });
    const { green } = terminal.colors;
    terminal.print(`${green('✔')} ${name} as ${format} is in ${folder}`);
    terminal.print(
      `  ${proof.runtime} gives the trainer's probabilities on ${figure(proof.samples)} test samples within ${tiny(proof.largestDifference)}`,
    );
    terminal.print(
      table(
        ['  file', 'size', 'sha256'],
        listed.map((file) => [`  ${file.name}`, size(file.sizeBytes), file.sha256.slice(0, 16)]),
      ),
    );
    terminal.print(`  and ${CARD}, the model card, and ${RECORD}, the same for programs`);
  } finally {
    await place.discard();
  }
}

interface Described {
  name: string;
  sizeBytes: number;
  sha256: string;
}

const describe = (name: string, bytes: Uint8Array): Described => ({
  name,
  sizeBytes: bytes.byteLength,
  sha256: sha256(bytes),
});

interface Exported {
  version: ModelVersion;
  format: ExportFormat;
  proof: ExportProof;
  tolerance: number;
  files: Described[];
}

/** What a program needs to use the files, and to know what they are. */
const exportRecord = ({ version, format, proof, tolerance, files }: Exported) => ({
  model: version.name,
  version: version.version,
  digest: version.digest,
  format,
  classes: version.classes,
  preprocessing: version.preprocessing,
  threshold: version.threshold,
  input: version.inputSignature,
  output: { name: 'probabilities', shape: [null, version.classes.length], type: 'float32' },
  files,
  proof: { ...proof, tolerance },
  signature: version.signature,
});

/** A disk that writes other bytes than it was given is found before anybody depends on them. */
async function readBack(folder: string, files: readonly ExportFile[]): Promise<void> {
  for (const { name, bytes } of files)
    if (sha256(await readFile(path.join(folder, name))) !== sha256(bytes))
      throw new Error(`${name}: the disk gives back other bytes than were written`);
}

/** TensorFlow's own log lines, which it writes to stderr while it loads, say nothing to who exports. */
function quietTensorFlow(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
}
