// Reading in the page itself. What is fetched is checked before it is run, and kept for when the server is away.

import { announced, type Announced, type Source } from './announce.ts';
import { KeyChanged } from './errors.ts';
import { gather } from './gather.ts';
import { trustKey } from './key-pin.ts';
import type { CreateLocalReader, LocalModel, LocalState } from './local-reader.ts';
import { openModelCache } from './model-cache.ts';
import { type ReadingThread, startReadingThread } from './reading-thread.ts';
import { whyOff } from './why-off.ts';

export const createLocalReader: CreateLocalReader = ({ origin = location.origin, token, model } = {}) => {
  const off = whyOff();
  let state: LocalState = off === undefined ? { state: 'idle' } : { state: 'off', reason: off };
  let thread: ReadingThread | undefined;
  let opened: LocalModel | undefined;
  let preparing: Promise<void> | undefined;
  let isClosed = false;
  const listeners = new Set<(state: LocalState) => void>();
  const become = (next: LocalState): void => {
    state = next;
    for (const listener of listeners) listener(next);
  };

  async function bringUp(): Promise<void> {
    const source: Source = { origin, token, model, cache: await openModelCache(origin) };
    const found = await announced(source);
    const isNew = !(thread?.isAlive() === true && opened !== undefined && isSame(opened, found));
    if (!isNew) return;
    const { entries, files } = await gather(source, found, (loadedBytes, totalBytes) => {
      if (state.state !== 'ready') become({ state: 'fetching', loadedBytes, totalBytes }); // the old one reads on
    });
    const { latest } = found;
    if (thread?.isAlive() !== true) thread = await startReadingThread();
    const { labels: classes, threshold, preprocessing } = latest;
    const identity = modelOf(found);
    await thread.open({ identity, reader: { classes, threshold, preprocessing }, files });
    if (isClosed) return thread.close();
    opened = identity;
    trustKey(origin, latest.signature.publicKey);
    become({ state: 'ready', model: opened, checked: found.checked });
    if (!found.isKept) await source.cache.replace(entries).catch(() => undefined); // a full disk: it reads all the same
  }

  const fail = (error: unknown): void => {
    if (isClosed || (state.state === 'ready' && thread?.isAlive() === true)) return; // the old one reads on
    const reason = error instanceof Error ? error.message : String(error);
    become({ state: 'failed', reason, ...(error instanceof KeyChanged && { newKey: error.key }) });
  };

  return {
    state: () => state,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    prepare() {
      if (off !== undefined || isClosed) return Promise.resolve();
      preparing ??= bringUp()
        .catch(fail)
        .finally(() => (preparing = undefined));
      return preparing;
    },
    trustNewKey(key) {
      trustKey(origin, key);
      return this.prepare();
    },
    async read(frame, options) {
      if (thread === undefined || opened === undefined) throw new Error('expected a model that is ready, got none yet');
      return thread.read({ frame, options });
    },
    close() {
      isClosed = true;
      thread?.close();
    },
  };
};

const isSame = (model: LocalModel, { latest }: Announced): boolean =>
  model.name === latest.name && model.version === latest.version && model.digest === latest.digest;

const modelOf = ({ latest: { name, version, digest, labels, threshold } }: Announced): LocalModel => ({
  name,
  version,
  digest,
  labels,
  threshold,
});
