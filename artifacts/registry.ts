// Which model versions there are, and what the aliases mean.

export {
  publishVersion,
  readVersion,
  listVersions,
  listModels,
  VersionMissing,
  VersionDeleted,
  type ModelCandidate,
} from './model-versions.ts';
export { readAliases, moveAlias, moveIdOf, promote, rollBack, NoPreviousVersion, type MoveResult } from './aliases.ts';
export { readMoves } from './alias-history.ts';
export { withdrawVersion, VersionInUse } from './withdraw-version.ts';
