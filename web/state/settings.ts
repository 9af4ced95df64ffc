// What a person set on this page; kept in this browser where it allows that.

import { effect, signal, type Signal } from '@preact/signals';
import type { Choice } from '../session/where.ts';

export type Theme = 'auto' | 'dark' | 'light';

export interface Settings {
  theme: Signal<Theme>;
  /** Undefined: as the camera faces. */
  mirrored: Signal<boolean | undefined>;
  smoothing: Signal<boolean>;
  /** The least probability of a digit, 0–1; undefined: the model's own. */
  threshold: Signal<number | undefined>;
  choice: Signal<Choice>;
  cameraId: Signal<string | undefined>;
}

const KEY = 'digitflow.settings';

export function createSettings(storage: Pick<Storage, 'getItem' | 'setItem'>): Settings {
  const kept = readKept(storage);
  const settings: Settings = {
    theme: signal(kept.theme ?? 'auto'),
    mirrored: signal(kept.mirrored),
    smoothing: signal(kept.smoothing ?? true),
    threshold: signal(kept.threshold),
    choice: signal(kept.choice ?? 'server'),
    cameraId: signal(kept.cameraId),
  };
  effect(() => {
    const values = Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value]));
    try {
      storage.setItem(KEY, JSON.stringify(values));
    } catch {
      // Full, or forbidden: the settings last as long as the page.
    }
  });
  return settings;
}

type Kept = { [Name in keyof Settings]?: Settings[Name]['value'] };

function readKept(storage: Pick<Storage, 'getItem'>): Kept {
  try {
    return (JSON.parse(storage.getItem(KEY) ?? '{}') ?? {}) as Kept;
  } catch {
    return {};
  }
}
