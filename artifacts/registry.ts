// Which model versions there are, and what the aliases mean.

export {
  publishVersion,
  readVersion,
  listVersions,
  listModels,
  VersionMissing,
  VersionDeleted,
  type ModelCandidate,
  type PublishedVersion,
} from './model-versions.ts';
export {
  readAliases,
  moveAlias,
  moveIdOf,
  promote,
  rollBack,
  previousOf,
  AliasContention,
  NoPreviousVersion,
  type Aliases,
  type MoveRequest,
  type MoveResult,
  type Registry,
} from './aliases.ts';
