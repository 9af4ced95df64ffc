// The stack of a checkout: Temporal, the object store, the workers; one a home. What the CLI calls.

export { attachStack, type AttachedStack } from './stack/attach.ts';
export { type DetachOptions, startDetached } from './stack/detach.ts';
export { type Check, type DoctorOptions, runDoctor } from './stack/doctor.ts';
export {
  ComponentMissing,
  ConflictingStores,
  DamagedHomeFile,
  DetachedStartFailed,
  MissingSearchAttributes,
  NotReady,
  PartFailed,
  SpawnFailed,
  StackInterrupted,
} from './stack/errors.ts';
export { describeEvent, type Report, type Severity, severityOf, type StackEvent } from './stack/events.ts';
export type { SearchAttributes, SearchAttributeType } from './stack/temporal-client.ts';
export { type ComponentName, type Components, neededComponents, type StoreChoice } from './stack/servers.ts';
export { type OwnedStack, startStack, type StartOptions } from './stack/start.ts';
export { type IsOlderCode, type PartStatus, type StackStatus, stackStatus } from './stack/status.ts';
export { type StopResult, stopStack } from './stack/stop.ts';
export type { WorkerSpec } from './stack/worker-part.ts';
