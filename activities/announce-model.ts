// Tells the stack's inference worker that an alias has moved, so that it looks now and not within its next two seconds.

const LIMIT_MS = 1_000;

/** Best effort: a worker that doesn't hear it finds out by itself. Never throws. @param workerUrl where it is, if there is one */
export async function announceModel(workerUrl: () => string | undefined, model: string): Promise<void> {
  try {
    const url = workerUrl();
    if (url === undefined) return;
    const target = new URL(`/v2/repository/models/${encodeURIComponent(model)}/load`, url);
    const answer = await fetch(target, { method: 'POST', signal: AbortSignal.timeout(LIMIT_MS) });
    await answer.body?.cancel();
  } catch {
    // Not there, busy, or still loading it: its own watch goes on.
  }
}
