// The script of the reading thread. The page imports it, too, only for its address: under which name it was bundled is
// known nowhere else.

export const workerUrl = import.meta.url;

if (typeof document === 'undefined') void import('./worker-main.ts').then(({ serve }) => serve());
