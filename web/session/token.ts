// The worker's token: kept for this tab only, sent as a subprotocol, never part of an address.

const KEY = 'digitflow.token';

export interface TokenStore {
  get(): string | undefined;
  set(token: string): void;
  clear(): void;
}

/** What it needs of `sessionStorage`. */
export interface KeptInTab {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export function createTokenStore(storage: KeptInTab): TokenStore {
  return {
    get: () => storage.getItem(KEY) ?? undefined,
    set: (token) => storage.setItem(KEY, token.trim()),
    clear: () => storage.removeItem(KEY),
  };
}

/** `token.<base64url>`: a subprotocol may only hold the characters of an HTTP token. */
export function tokenSubprotocol(token: string): string {
  const text = Array.from(new TextEncoder().encode(token), (byte) => String.fromCharCode(byte)).join('');
  return `token.${btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`;
}
