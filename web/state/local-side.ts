// Reading in the page itself: its code and its model are fetched when there is nothing better to do, or when asked for.

import { signal, type ReadonlySignal } from '@preact/signals';
import type { TrackedDigit, Tracker } from '../../ml/reader/frame-reading.ts';
import type { LocalReader, LocalReading, LocalState } from '../in-browser/local-reader.ts';
import { whyOff } from '../in-browser/why-off.ts';

export interface LocalSide {
  state: ReadonlySignal<LocalState>;
  /** Undefined until it was loaded. */
  reader(): LocalReader | undefined;
  prepare(): void;
  /** `prepare`, once, when the browser has a quiet moment; not at all where a person asked to save data. */
  prepareWhenIdle(): void;
  /** A person says that the key which signed the model is the right one. */
  trust(key: string): void;
  track(answer: LocalReading, isSmoothed: boolean): TrackedDigit[];
}

export interface Loaded {
  reader: LocalReader;
  tracker: Tracker;
}

export interface LocalSideOptions {
  token: () => string | undefined;
  /** Fetches the code. Undefined where a page is built without it. */
  load: ((token: string | undefined) => Promise<Loaded>) | undefined;
}

export function createLocalSide({ token, load: fetchCode }: LocalSideOptions): LocalSide {
  const reason = fetchCode === undefined ? 'This page was built without it.' : whyOff();
  const state = signal<LocalState>(reason === undefined ? { state: 'idle' } : { state: 'off', reason });
  let loaded: Loaded | undefined;
  let loading: Promise<void> | undefined;
  let isAsked = false;

  async function load(): Promise<void> {
    loaded = await fetchCode!(token());
    loaded.reader.onState((next) => (state.value = next));
  }
  function prepare(): void {
    if (state.peek().state === 'off') return;
    isAsked = true;
    loading ??= load().catch(() => {
      loading = undefined; // the worker is away; asked again, it may be back
      state.value = { state: 'failed', reason: 'The code for reading here could not be fetched.' };
    });
    void loading.then(() => loaded?.reader.prepare());
  }
  return {
    state,
    reader: () => loaded?.reader,
    prepare,
    prepareWhenIdle() {
      if (isAsked || savesData()) return;
      isAsked = true;
      if ('requestIdleCallback' in window) requestIdleCallback(prepare, { timeout: 5_000 });
      else setTimeout(prepare, 1_000);
    },
    trust: (key) => void loaded?.reader.trustNewKey(key),
    track({ reading }, isSmoothed) {
      loaded!.tracker.setSmoothing(isSmoothed);
      return loaded!.tracker.track(reading);
    },
  };
}

const savesData = (): boolean => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
