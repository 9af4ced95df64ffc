/** The inference worker's program, found from the checkout: it runs its bundle and needs no compiler on its way. */
export const INFERENCE_WORKER = 'workers/inference.mjs';
