// Errors of Temporal's client, told by name: importing its classes would load the whole client before any verb answers.

const named = (error: unknown, name: string): error is Error => error instanceof Error && error.name === name;

export const isWorkflowNotFound = (error: unknown): boolean => named(error, 'WorkflowNotFoundError');
export const isAlreadyStarted = (error: unknown): boolean => named(error, 'WorkflowExecutionAlreadyStartedError');
export const isScheduleNotFound = (error: unknown): boolean => named(error, 'ScheduleNotFoundError');
export const isScheduleTaken = (error: unknown): boolean => named(error, 'ScheduleAlreadyRunning');
/** The run ended without a result; its cause tells why. */
export const isWorkflowFailed = (error: unknown): error is Error => named(error, 'WorkflowFailedError');
/** An update was refused or failed; its cause tells why. */
export const isUpdateFailed = (error: unknown): error is Error => named(error, 'WorkflowUpdateFailedError');
