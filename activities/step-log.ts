/** What steps say to a log: pino's own shape, so that pino fits as it is. */
export interface StepLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
