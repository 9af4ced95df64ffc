// Which model reads here next: what the server's alias means now, or what was kept when the server is away.

import type { LatestModel } from '../../inference/latest-model.ts';
import { fetchBytes, ServerAway } from './fetch-bytes.ts';
import { checkKey } from './key-pin.ts';
import type { ModelCache } from './model-cache.ts';
import { LATEST_MAX_BYTES, parseLatest } from './parse-latest.ts';
import { type Checked, checkSignature } from './verify.ts';

export interface Source {
  origin: string;
  /** @default the server's first */
  model?: string | undefined;
  token?: string | undefined;
  cache: ModelCache;
}

export interface Announced {
  latest: LatestModel;
  /** The bytes it was read from. */
  bytes: Uint8Array<ArrayBuffer>;
  checked: Checked;
  /** Whether it comes from this browser. */
  isKept: boolean;
}

/** Where the announcement is kept. */
export const LATEST = 'latest';
/** A server that is there answers at once; one that isn't must not delay what was kept. */
const TIMEOUT_MS = 5_000;

/** @throws LocalFailure: nothing to be had, or not to be trusted */
export async function announced(source: Source): Promise<Announced> {
  const found = await fetchLatest(source).then(
    (bytes) => ({ bytes, isKept: false }),
    async (error: unknown) => {
      const bytes = error instanceof ServerAway ? await source.cache.get(LATEST) : undefined;
      if (bytes === undefined) throw error;
      return { bytes, isKept: true };
    },
  );
  const latest = parseLatest(found.bytes);
  const checked = await checkSignature(latest);
  checkKey(source.origin, latest.signature.publicKey);
  return { ...found, latest, checked };
}

async function fetchLatest(source: Source): Promise<Uint8Array<ArrayBuffer>> {
  return fetchBytes({ ...asked(source), url: latestUrl(source.origin, source.model ?? (await firstModel(source))) });
}

async function firstModel(source: Source): Promise<string> {
  const bytes = await fetchBytes({ ...asked(source), url: `${source.origin}/v2/models` });
  const { models } = JSON.parse(new TextDecoder().decode(bytes)) as { models?: unknown[] };
  const first = models?.[0];
  if (typeof first !== 'string') throw new ServerAway('The server has no model yet.');
  return first;
}

export const latestUrl = (origin: string, model: string): string =>
  `${origin}/models/${encodeURIComponent(model)}/latest.json`;

const asked = ({ token }: Source) => ({
  maxBytes: LATEST_MAX_BYTES,
  cache: 'no-cache' as const,
  timeoutMs: TIMEOUT_MS,
  headers: tokenHeaders(token),
});

export const tokenHeaders = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
