// Addresses of the backend's binaries, for pages: whoever bundles a page emits .wasm files under a name of their own.

import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';

export interface PageBinary {
  url: string;
  sizeBytes: number;
}

const binary = (path: string, sizeBytes: number): PageBinary => ({
  url: new URL(path, import.meta.url).href,
  sizeBytes,
});

/** One of them is fetched: the SIMD one wherever the browser runs it. */
export const pageBinaries = { simd: binary(simd, 424_594), plain: binary(plain, 311_123) };
