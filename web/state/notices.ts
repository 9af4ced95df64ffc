// Short messages that come and go: a model was swapped, the worker is back.

import { signal, type ReadonlySignal } from '@preact/signals';

export interface Notice {
  id: number;
  text: string;
  /** Something the person can do about it while it stands. */
  action?: { label: string; run: () => void };
}

export interface Notices {
  list: ReadonlySignal<readonly Notice[]>;
  /** @param lastsMs @default 6000. @returns a function that takes it away */
  show(notice: Omit<Notice, 'id'>, lastsMs?: number): () => void;
}

export function createNotices(): Notices {
  const list = signal<readonly Notice[]>([]);
  let lastId = 0;
  return {
    list,
    show(notice, lastsMs = 6_000) {
      const own = { ...notice, id: ++lastId };
      list.value = [...list.value, own].slice(-3);
      const remove = (): void => {
        list.value = list.value.filter(({ id }) => id !== own.id);
      };
      setTimeout(remove, lastsMs);
      return remove;
    },
  };
}
