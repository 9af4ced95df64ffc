// Whether a worker lives, and whether it can do its work: asks what it depends on, and says what does not answer.

export interface Health {
  /** `unready`: it lives, and something that it needs does not answer. */
  status: 'ready' | 'unready' | 'draining';
  /** What it depends on. */
  checks: Record<string, { ok: boolean; error?: string; sinceSeconds?: number }>;
}

export interface HealthOptions {
  /** Each resolves when what it asks answers. */
  checks: Record<string, () => Promise<unknown>>;
  isDraining: () => boolean;
  /** A check that takes longer has failed. @default 3_000 */
  limitMs?: number;
  /** An answer this young is given again: who asks often must not be a load. @default 2_000 */
  keepMs?: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** @returns asks everything side by side; never throws */
export function createHealth(options: HealthOptions): () => Promise<Health> {
  const { checks, isDraining, limitMs = 3_000, keepMs = 2_000, now = () => performance.now() } = options;
  const failedSinceMs = new Map<string, number>();
  let asked: { atMs: number; checks: Promise<Health['checks']> } | undefined;

  const ask = async (name: string, check: () => Promise<unknown>): Promise<[string, Health['checks'][string]]> => {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1_000} s`)), limitMs);
    });
    try {
      await Promise.race([check(), silence]);
      failedSinceMs.delete(name);
      return [name, { ok: true }];
    } catch (error) {
      const sinceMs = failedSinceMs.get(name) ?? now();
      failedSinceMs.set(name, sinceMs);
      const message = error instanceof Error ? error.message : String(error);
      return [name, { ok: false, error: message, sinceSeconds: Math.round((now() - sinceMs) / 1_000) }];
    } finally {
      clearTimeout(timer);
    }
  };
  const askAll = async (): Promise<Health['checks']> =>
    Object.fromEntries(await Promise.all(Object.entries(checks).map(([name, check]) => ask(name, check))));

  return async () => {
    if (asked === undefined || now() - asked.atMs >= keepMs) asked = { atMs: now(), checks: askAll() };
    const found = await asked.checks;
    const isWell = Object.values(found).every(({ ok }) => ok);
    return { status: isDraining() ? 'draining' : isWell ? 'ready' : 'unready', checks: found };
  };
}
