/** Why reading can't work in this browser or at this address, as a sentence for people; undefined when it can. */
export function whyOff(): string | undefined {
  // Typed as always there; it is not on http:// beyond localhost.
  const crypto = globalThis.crypto as Partial<Crypto> | undefined;
  if (crypto?.subtle === undefined)
    return 'Over plain http a browser offers no cryptography, so the model could not be checked. Use https: digitflow serve --tls.';
  if (!('caches' in globalThis)) return 'This browser keeps no files for pages.';
  if (!('WebAssembly' in globalThis)) return 'This browser runs no WebAssembly.';
  return undefined;
}
