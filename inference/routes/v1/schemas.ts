// Bodies of TensorFlow Serving's REST interface and of KServe V1, as they are checked and as /openapi.json shows them.

import { z } from 'zod';

/** Pictures and tensors of one request. */
export const MOST_INSTANCES = 64;
/** Each is decoded by a thread for itself: some milliseconds, not microseconds. */
export const MOST_PICTURES = 16;

const picture = z.object({ b64: z.string().min(1) }).strict();
/** [32, 32, 1] or [32, 32]; its numbers are checked as they are copied. */
const tensor = z.array(z.unknown()).min(1);
const value = z.union([picture, tensor]);
export const instance = z.union([picture, tensor, z.object({ image: value }).strict()], {
  error: 'expected a tensor [32, 32, 1] or [32, 32], {"b64"}, or one of them as {"image"}',
});
export type Instance = z.infer<typeof instance>;

const instances = z.array(instance).min(1).max(MOST_INSTANCES);
const signatureName = z.enum(['', 'serving_default']).nullish();

/** One of the two. */
export const predictRequest = z.object({
  signature_name: signatureName,
  instances: instances.optional(),
  inputs: z.union([instances, z.object({ image: instances }).strict()]).optional(),
});

export const classifyRequest = z.object({ signature_name: signatureName, examples: instances });

const rows = z.array(z.array(z.number()));
/** `predictions` for `instances`, `outputs` for `inputs`. */
export const predictResponse = z.union([z.object({ predictions: rows }), z.object({ outputs: rows })]);
export const classifyResponse = z.object({ results: z.array(z.array(z.tuple([z.string(), z.number()]))) });

export const STATES = ['START', 'LOADING', 'AVAILABLE', 'UNLOADING', 'END'] as const;
export const modelStatus = z.object({
  model_version_status: z.array(
    z.object({
      version: z.string(),
      state: z.enum(STATES),
      status: z.object({ error_code: z.string(), error_message: z.string() }),
    }),
  ),
  name: z.string(),
  ready: z.boolean(),
});

const tensorInfo = z.object({
  dtype: z.string(),
  tensor_shape: z.object({ dim: z.array(z.object({ size: z.string(), name: z.string() })), unknown_rank: z.boolean() }),
  name: z.string(),
});
const signature = z.object({
  inputs: z.record(z.string(), tensorInfo),
  outputs: z.record(z.string(), tensorInfo),
  method_name: z.string(),
});
export const modelMetadata = z.object({
  model_spec: z.object({ name: z.string(), signature_name: z.string(), version: z.string() }),
  metadata: z.object({ signature_def: z.object({ signature_def: z.record(z.string(), signature) }) }),
});
