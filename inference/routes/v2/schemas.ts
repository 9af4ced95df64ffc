// Bodies of the Open Inference Protocol, as they are checked and as /openapi.json shows them.

import { z } from 'zod';

const MOST_TENSORS = 16;
const name = z.string().min(1).max(256);

/** Clients send null for what they left out. */
const parameters = z.record(z.string(), z.unknown()).nullish();

/** Integers beyond 2⁵³ would lose digits in JSON; nobody counts frames that far. */
const sequenceId = z.union([z.int().nonnegative(), z.string().max(256)]);

export const inferParameters = z.object({
  binary_data_output: z.boolean().optional(),
  sequence_id: sequenceId.optional(),
  sequence_start: z.boolean().optional(),
  sequence_end: z.boolean().optional(),
  /** Microseconds; 0: none. */
  timeout: z.int().nonnegative().optional(),
});

export const inputParameters = z.object({ binary_data_size: z.int().nonnegative().optional() });

export const outputParameters = z.object({
  binary_data: z.boolean().optional(),
  classification: z.int().nonnegative().optional(),
});

export const inferRequest = z.object({
  id: z.string().max(1_024).nullish(),
  parameters,
  inputs: z
    .array(
      z.object({
        name,
        shape: z.array(z.int().nonnegative()).max(8),
        datatype: z.string().max(16),
        parameters,
        data: z.unknown().optional().describe('Numbers, nested by shape or flat, row by row'),
      }),
    )
    .min(1)
    .max(MOST_TENSORS),
  outputs: z.array(z.object({ name, parameters })).max(MOST_TENSORS).nullish(),
});
export type InferRequest = z.infer<typeof inferRequest>;

export const inferResponse = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.int()),
      datatype: z.enum(['FP32', 'BYTES']),
      parameters: z.object({ binary_data_size: z.int() }).optional(),
      data: z.array(z.union([z.number(), z.string()])).optional(),
    }),
  ),
});
export type InferResponse = z.infer<typeof inferResponse>;

export const errorBody = z.object({ error: z.string() });

export const serverMetadata = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });

const tensorMetadata = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
export const modelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
});

export const modelIndex = z.array(
  z.object({
    name: z.string(),
    version: z.string(),
    state: z.enum(['READY', 'LOADING', 'UNAVAILABLE']),
    reason: z.string(),
  }),
);

const tensorConfig = z.object({ name: z.string(), data_type: z.string(), dims: z.array(z.int()) });
export const modelConfig = z.object({
  name: z.string(),
  platform: z.string(),
  backend: z.string(),
  max_batch_size: z.int(),
  input: z.array(tensorConfig),
  output: z.array(tensorConfig),
  instance_group: z.array(z.object({ name: z.string(), kind: z.string(), count: z.int() })),
  sequence_batching: z.object({ max_sequence_idle_microseconds: z.int() }),
  parameters: z.record(z.string(), z.object({ string_value: z.string() })),
});

const duration = z.object({ count: z.int(), ns: z.int() });
export const modelStatistics = z.object({
  model_stats: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      last_inference: z.int(),
      inference_count: z.int(),
      execution_count: z.int(),
      inference_stats: z.object({
        success: duration,
        fail: duration,
        queue: duration,
        compute_input: duration,
        compute_infer: duration,
        compute_output: duration,
        cache_hit: duration,
        cache_miss: duration,
      }),
      batch_stats: z.array(
        z.object({ batch_size: z.int(), compute_input: duration, compute_infer: duration, compute_output: duration }),
      ),
    }),
  ),
});
export type ModelStatistics = z.infer<typeof modelStatistics>;
