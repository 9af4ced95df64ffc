// One content, one version, once: exports the calibrated model, proves the files against the trainer's answers, signs
// them, publishes the version and moves an alias. Idempotent by itself, so it is not reused by key.

import { DamagedArtifact, getBlob } from '../artifacts/blobs.ts';
import type { Clock } from '../artifacts/clock.ts';
import {
  encodePublicationManifest,
  modelDigest,
  parseEvaluationManifest,
  parseSplitsManifest,
  parseTrainingManifest,
  type EvaluationManifest,
  type ModelContent,
  type ModelFile,
  type ModelVersion,
  type RunIdentity,
  type SplitsManifest,
} from '../artifacts/manifests.ts';
import {
  listVersions,
  moveAlias,
  moveIdOf,
  publishVersion,
  readAliases,
  type MoveResult,
} from '../artifacts/registry.ts';
import { modelStatement, signStatement } from '../artifacts/signature.ts';
import { holdStanding } from '../artifacts/standing.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { EngineName } from '../ml/engine.ts';
import { decodeInputs } from '../ml/dataset/packed-inputs.ts';
import { chooseGolden, encodeGolden } from '../ml/export/golden.ts';
import { exportOnnx } from '../ml/export/onnx.ts';
import { exportTfjs } from '../ml/export/tfjs.ts';
import { INPUT_SIZE, networks, parametersOf, weightsFromVector, type NetworkName } from '../ml/model.ts';
import { concurrently } from '../artifacts/concurrently.ts';
import { floatsOf, type EngineAccess } from './engine-access.ts';
import { checkExports, type ExportedModel } from './export-check.ts';
import { OutputVanished } from './step-errors.ts';
import type { StepContext, StepOutput } from './step.ts';

export type PublishParameters = RunConfiguration['publish'];

export interface PublishAccess extends EngineAccess {
  /** Opens the TensorFlow.js files to check what they answer. */
  engine: EngineName;
  store: Store;
  clock: Clock;
  run: RunIdentity;
  /** Reads what a version that stands already names, instead of asking for its size. @default false */
  check?: boolean;
  /** Ed25519 private key, PKCS #8 in PEM. */
  readSigningKey(): Promise<string>;
  /** What made the version: bundles of the steps, commit, Node. Stands in the record, outside the version's digest. */
  code: Record<string, unknown>;
}

/**
 * Safe to retry and to race at any point: blobs are named by content, a version is created only where none of its content
 * is, and a move that stands in the history is never made again.
 */
export async function compute(
  context: StepContext,
  parameters: PublishParameters,
  inputs: { evaluation: ArtifactRef },
  access: PublishAccess,
): Promise<StepOutput> {
  const evaluation = parseEvaluationManifest(await context.read(inputs.evaluation), inputs.evaluation.key);
  const splits = parseSplitsManifest(await context.read(evaluation.splits), evaluation.splits.key);
  const exported = await exportModel(context, evaluation);
  const files = await writeFiles(context, exported);
  const content: ModelContent = {
    classes: evaluation.classes,
    preprocessing: splits.preprocessing,
    threshold: evaluation.threshold,
    inputSignature: { name: 'image', shape: [null, INPUT_SIZE, INPUT_SIZE, 1], type: 'float32', range: [0, 1] },
    files,
  };
  const known = await versionOf(access.store, parameters.model, modelDigest(content));
  const { version, created } =
    known !== undefined
      ? { version: await withGolden(context, known, { evaluation, splits }, access), created: false }
      : await publishNew(context, { parameters, evaluation, splits, inputs, exported, content }, access);
  const { moved, gate, verdict } = await moveAliases(access, { parameters, evaluation, version });

  const publication = encodePublicationManifest({
    schemaVersion: 1,
    kind: 'publication',
    evaluation: inputs.evaluation,
    name: version.name,
    version: version.version,
    digest: version.digest,
    moved,
    verdict: { promoted: moved.includes('champion'), reason: verdict },
  });
  return {
    output: await context.write(publication),
    summary: { name: version.name, version: version.version, digest: version.digest, gate, verdict },
    reused: !created && moved.length === 0,
  };
}

async function exportModel(context: StepContext, evaluation: EvaluationManifest): Promise<ExportedModel> {
  const training = parseTrainingManifest(await context.read(evaluation.training), evaluation.training.key);
  const layers = networks[training.network as NetworkName];
  const vector = floatsOf(await context.read(evaluation.calibratedWeights));
  const weights = weightsFromVector(parametersOf(layers, evaluation.classes.length), vector);
  const network = { layers, weights, classes: evaluation.classes };
  return { layers: exportTfjs(network), onnx: exportOnnx(network) };
}

async function writeFiles(context: StepContext, { layers, onnx }: ExportedModel): Promise<ModelFile[]> {
  const named = [
    ...layers.map(({ name, bytes }) => ({ path: `tfjs/${name}`, bytes })),
    { path: onnx.name, bytes: onnx.bytes },
  ];
  const files: ModelFile[] = [];
  for (const { path, bytes } of named) files.push({ ...(await context.write(bytes)), path });
  return files;
}

async function versionOf(store: Store, model: string, digest: string): Promise<ModelVersion | undefined> {
  return (await listVersions(store, model)).find(
    (version) => version.digest === digest && version.deletedAt === undefined,
  );
}

interface NewVersion {
  parameters: PublishParameters;
  evaluation: EvaluationManifest;
  splits: SplitsManifest;
  inputs: { evaluation: ArtifactRef };
  exported: ExportedModel;
  content: ModelContent;
}

/** A version that stands keeps what it names: files are written by every run, and the golden samples where they are gone. */
async function withGolden(
  context: StepContext,
  version: ModelVersion,
  made: { evaluation: EvaluationManifest; splits: SplitsManifest },
  { store, check = false }: PublishAccess,
): Promise<ModelVersion> {
  const { golden } = version;
  const isThere = check
    ? await getBlob(store, golden).then(
        () => true,
        (error: unknown) => {
          if (error instanceof DamagedArtifact) return false;
          throw error;
        },
      )
    : (await store.head(golden.key))?.sizeBytes === golden.sizeBytes;
  if (isThere) return version;
  const again = await writeGolden(context, made);
  if (again.key === golden.key)
    context.warn(`the golden samples of version ${version.version} were gone and are made anew`);
  else
    context.warn(
      `the golden samples of version ${version.version} are damaged, and this run's evaluation makes others: no worker loads that version`,
    );
  return version;
}

async function writeGolden(
  context: StepContext,
  { evaluation, splits }: { evaluation: EvaluationManifest; splits: SplitsManifest },
): Promise<ArtifactRef> {
  const probabilities = floatsOf(await context.read(evaluation.probabilities));
  const test = decodeInputs(await context.read(splits.splits.test.inputs[0]!));
  const labelled = {
    classes: evaluation.classes,
    labels: test.labels,
    probabilities: probabilities.subarray(0, test.count * evaluation.classes.length),
  };
  return context.write(encodeGolden(labelled, chooseGolden(labelled), test.images));
}

async function publishNew(
  context: StepContext,
  { parameters, evaluation, splits, inputs, exported, content }: NewVersion,
  access: PublishAccess,
) {
  const probabilities = floatsOf(await context.read(evaluation.probabilities));
  const testFiles = await concurrently(splits.splits.test.inputs, 2, (ref) => access.readToFile(ref));
  const classCount = evaluation.classes.length;
  const agreement = await access.withTrainer(access.engine, (trainer) =>
    checkExports(trainer, {
      engine: access.engine,
      exported,
      probabilities,
      testFiles,
      classCount,
      progress: context.progress,
    }),
  );
  const golden = await writeGolden(context, { evaluation, splits });
  const named = [...content.files, golden].map(({ key }) => key);
  const standing = await holdStanding({ ...access, signal: context.signal }, named);
  for (const key of named) if (!standing.has(key)) throw new OutputVanished('publish', key, 'nothing');
  const statement = modelStatement(parameters.model, content, golden.sha256);
  return publishVersion(access, {
    ...content,
    name: parameters.model,
    metrics: { test: { ...evaluation.headline }, agreement, temperature: evaluation.temperature },
    golden,
    run: access.run,
    code: { ...access.code, evaluation: inputs.evaluation.sha256, training: evaluation.training.sha256 },
    signature: signStatement(statement, await access.readSigningKey()),
  });
}

interface AliasChange {
  moved: ('champion' | 'candidate')[];
  /** `refused`: the champion stays, by the gate or because it changed meanwhile. */
  gate: 'promoted' | 'refused' | 'unchanged';
  verdict: string;
}

interface Published {
  parameters: PublishParameters;
  evaluation: EvaluationManifest;
  version: ModelVersion;
}

/**
 * Moves one alias at most. A version that already had its move and stood before this run gets no second one: if it is not
 * champion now, a person or a later run decided so.
 */
async function moveAliases(
  { store, clock, run }: PublishAccess,
  { parameters, evaluation, version }: Published,
): Promise<AliasChange> {
  const { verdict, opponent } = evaluation;
  const alias = verdict.promoted && parameters.alias === 'champion' ? 'champion' : 'candidate';
  const aliases = await readAliases(store, version.name);
  if (aliases[alias] === version.version)
    return { moved: [], gate: 'unchanged', verdict: `version ${version.version} is ${alias} already` };
  const wasThere = aliases.moves.some((move) => move.alias === alias && move.to === version.version);
  if (wasThere)
    return {
      moved: [],
      gate: 'unchanged',
      verdict: `version ${version.version} was ${alias} before: this run changes nothing about that`,
    };
  const result = await moveAlias(
    { store, clock },
    {
      model: version.name,
      alias,
      to: version.version,
      moveId: moveIdOf({ ...run, digest: version.digest, alias }),
      reason: verdict.reason,
      author: `run ${run.workflowId}`,
      firstTimeOnly: true, // asked again as the alias is moved: an equal run may have had its move since
      ...(alias === 'champion' && { expectedFrom: opponent?.version ?? null }),
    },
  );
  const wanted = verdict.promoted && result.outcome !== 'stale';
  return {
    moved: result.outcome === 'moved' ? [alias] : [],
    gate: wanted ? 'promoted' : 'refused',
    verdict: wordOf(result, verdict.reason, alias),
  };
}

function wordOf({ outcome, now }: MoveResult, reason: string, alias: string): string {
  if (outcome === 'stale') return `${alias} stays version ${now}: it changed while this run measured against another`;
  return reason;
}
