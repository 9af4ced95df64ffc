// A worker lives as long as its supervisor: when the channel to it closes, the worker stops.

/** Known before anything is awaited: a supervisor that goes while its worker is still starting sends no second word. */
const hadParent = process.connected;

/** Tells the supervisor that this worker can take work; nothing happens without a supervisor. */
export function sayReady(details: Record<string, unknown> = {}): void {
  process.send?.({ ready: true, ...details });
}

/** Calls `stop` once, on SIGINT, SIGTERM or the loss of the supervisor. */
export function exitWithParent(stop: () => void): void {
  let stopping = false;
  const once = (): void => {
    if (stopping) return;
    stopping = true;
    stop();
  };
  process.once('SIGINT', once);
  process.once('SIGTERM', once);
  process.once('disconnect', once);
  if (hadParent && !process.connected) once();
}
