// What people corrected at this worker, as it lists it over HTTP.

import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { bearer } from './worker-address.ts';

export interface StoredCorrection {
  id: string;
  label: string;
  prediction: { label: string; probability: number };
  /** ISO 8601. */
  at: string;
  expiresAt: string;
}

export interface StoredCorrections {
  /** The newest of them, newest first. */
  list: ReadonlySignal<readonly StoredCorrection[]>;
  /** How many there are. */
  total: ReadonlySignal<number>;
  problem: ReadonlySignal<string | undefined>;
  refresh(): Promise<void>;
  remove(id: string): Promise<void>;
  /** The stored crop as an address for an image; undefined when it is gone. Release it with `URL.revokeObjectURL`. */
  picture(id: string): Promise<string | undefined>;
}

export function createStoredCorrections(token: () => string | undefined): StoredCorrections {
  const list = signal<readonly StoredCorrection[]>([]);
  const total = signal(0);
  const problem = signal<string | undefined>(undefined);
  const ask = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`/v1/feedback${path}`, { method, headers: bearer(token()), cache: 'no-store' });

  async function refresh(): Promise<void> {
    try {
      const answer = await ask('');
      if (!answer.ok) throw new Error(String(answer.status));
      const body = (await answer.json()) as { corrections: StoredCorrection[]; total: number };
      batch(() => {
        list.value = body.corrections;
        total.value = body.total;
        problem.value = undefined;
      });
    } catch {
      problem.value = 'The list could not be fetched.';
    }
  }
  return {
    list,
    total,
    problem,
    refresh,
    async remove(id) {
      try {
        const answer = await ask(`/${encodeURIComponent(id)}`, 'DELETE');
        if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
        await refresh();
      } catch {
        problem.value = 'It could not be deleted.';
      }
    },
    async picture(id) {
      const answer = await ask(`/${encodeURIComponent(id)}/image`).catch(() => undefined);
      return answer?.ok === true ? URL.createObjectURL(await answer.blob()) : undefined;
    },
  };
}
