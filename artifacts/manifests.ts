// Every manifest and record of the system, one file each under manifests/. Bytes come in through parse…, go out through
// encode…; both check the schema, and the bytes are canonical JSON.

export {
  datasetManifest,
  type DatasetManifest,
  parseDatasetManifest,
  encodeDatasetManifest,
} from './manifests/dataset.ts';
export { membersRecord, type MembersRecord, parseMembers, encodeMembers } from './manifests/members.ts';
export { splitsManifest, type SplitsManifest, parseSplitsManifest, encodeSplitsManifest } from './manifests/splits.ts';
export { poolManifest, type PoolManifest, parsePoolManifest, encodePoolManifest } from './manifests/pool.ts';
export {
  trainingManifest,
  type TrainingManifest,
  parseTrainingManifest,
  encodeTrainingManifest,
} from './manifests/training.ts';
export {
  headline,
  type Headline,
  evaluationManifest,
  type EvaluationManifest,
  parseEvaluationManifest,
  encodeEvaluationManifest,
} from './manifests/evaluation.ts';
export {
  publicationManifest,
  type PublicationManifest,
  parsePublicationManifest,
  encodePublicationManifest,
} from './manifests/publication.ts';
export {
  modelFile,
  type ModelFile,
  inputSignature,
  modelSignature,
  type ModelSignature,
  modelVersion,
  type ModelVersion,
  type ModelContent,
  modelDigest,
  parseModelVersion,
  encodeModelVersion,
} from './manifests/model-version.ts';
export {
  ALIAS_NAMES,
  type AliasName,
  aliasMove,
  type AliasMove,
  aliasesRecord,
  type AliasesRecord,
  movesArchive,
  type MovesArchive,
  parseAliases,
  encodeAliases,
  parseMovesArchive,
  encodeMovesArchive,
} from './manifests/aliases.ts';
export {
  recordedBlob,
  type RecordedBlob,
  stepAttempt,
  type StepAttempt,
  stepRecord,
  type StepRecord,
  parseStepRecord,
  encodeStepRecord,
} from './manifests/step-record.ts';
export { leaseRecord, type LeaseRecord, parseLease, encodeLease } from './manifests/lease.ts';
export {
  STEP_STATES,
  type StepState,
  runRecord,
  type RunRecord,
  runStepRecord,
  type RunStepRecord,
  outcomeRecord,
  type OutcomeRecord,
  parseRunRecord,
  encodeRunRecord,
  parseRunStepRecord,
  encodeRunStepRecord,
  parseOutcome,
  encodeOutcome,
} from './manifests/run.ts';
export { artifactRef, jsonObject, preprocessingName, runIdentity, type RunIdentity } from './manifests/common.ts';
export { InvalidRecord } from './manifests/parse.ts';
