/** What serving says to a log: pino's own shape, so that pino fits as it is. */
export interface ServingLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
