// Every manifest and record of the system, one file each under manifests/. Bytes come in through parse…, go out through
// encode…; both check the schema, and the bytes are canonical JSON.

export {
  type DatasetManifest,
  type KeptSource,
  parseDatasetManifest,
  encodeDatasetManifest,
} from './manifests/dataset.ts';
export { type NamedDataset } from './manifests/named-dataset.ts';
export { type Members, parseMembers, parseMemberNames, encodeMembers } from './manifests/members.ts';
export { type SplitsManifest, parseSplitsManifest, encodeSplitsManifest } from './manifests/splits.ts';
export { type PoolManifest, parsePoolManifest, encodePoolManifest } from './manifests/pool.ts';
export { type TrainingManifest, parseTrainingManifest, encodeTrainingManifest } from './manifests/training.ts';
export {
  type Headline,
  type EvaluationManifest,
  parseEvaluationManifest,
  encodeEvaluationManifest,
} from './manifests/evaluation.ts';
export { parsePublicationManifest, encodePublicationManifest } from './manifests/publication.ts';
export {
  type ModelFile,
  type ModelVersion,
  type ModelContent,
  modelDigest,
  parseModelVersion,
  encodeModelVersion,
} from './manifests/model-version.ts';
export { type AliasesRecord, parseAliases } from './manifests/aliases.ts';
export {
  type RecordedBlob,
  type StepAttempt,
  type StepRecord,
  parseStepRecord,
  encodeStepRecord,
} from './manifests/step-record.ts';
export { type LeaseRecord, parseLease, encodeLease } from './manifests/lease.ts';
export {
  type StepState,
  type RunRecord,
  type RunStepRecord,
  type OutcomeRecord,
  parseRunRecord,
  encodeRunRecord,
  parseRunStepRecord,
  encodeRunStepRecord,
  parseOutcome,
  encodeOutcome,
} from './manifests/run.ts';
export { type ParkingRecord, parseParking, encodeParking } from './manifests/parking.ts';
export { type ScheduleRecord } from './manifests/schedule.ts';
export { type SessionRecord, parseSession, encodeSession } from './manifests/session.ts';
export {
  type CorrectionRecord,
  type CorrectionLabel,
  CORRECTION_LABELS,
  parseCorrection,
  encodeCorrection,
  encodeDeletedCorrection,
} from './manifests/feedback.ts';
export { artifactRef, type RunIdentity } from './manifests/common.ts';
export { InvalidRecord } from './manifests/parse.ts';
