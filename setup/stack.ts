// The stack of a checkout: Temporal, the object store, the workers; one a home. What the CLI calls.

export { attachStack, type AttachedStack } from './stack/attach.ts';
export { startDetached } from './stack/detach.ts';
export { type Check, runDoctor } from './stack/doctor.ts';
export {
  ComponentMissing,
  ConflictingStores,
  DetachedStartFailed,
  MissingSearchAttributes,
  PartFailed,
} from './stack/errors.ts';
export { describeEvent, severityOf, type StackEvent } from './stack/events.ts';
export { type Components, neededComponents, type StoreChoice } from './stack/servers.ts';
export { type OwnedStack, startStack, type StartOptions } from './stack/start.ts';
export { restartOlderWorkers } from './stack/restart-workers.ts';
export { type PartStatus, stackStatus } from './stack/status.ts';
export { stopStack } from './stack/stop.ts';
export { type QueueWorker, type SearchAttributes, workersOf } from './stack/temporal-client.ts';
export type { WorkerSpec } from './stack/worker-part.ts';
