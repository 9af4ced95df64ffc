// The key this browser trusts for an address: the first one it saw there, until a person trusts another.

import { KeyChanged } from './errors.ts';

const entryOf = (origin: string): string => `digitflow.signing-key ${origin}`;

/** @throws KeyChanged when another key is trusted for this address */
export function checkKey(origin: string, key: string): void {
  const trusted = localStorage.getItem(entryOf(origin));
  if (trusted !== null && trusted !== key) throw new KeyChanged(key);
}

export const trustKey = (origin: string, key: string): void => localStorage.setItem(entryOf(origin), key);
