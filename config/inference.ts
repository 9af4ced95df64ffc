// What an inference worker is told by its environment.

import { z } from 'zod';
import type { Environment } from './home.ts';

export const DEFAULT_INFERENCE_PORT = 8080;

/** Thrown when a variable of the environment holds what it can't mean. Lists them all. */
export class InvalidInferenceSettings extends Error {
  override readonly name = 'InvalidInferenceSettings';
  readonly retryable = false;
  constructor(problems: string[]) {
    super(`the settings of the inference worker: ${problems.join('; ')}`);
  }
}

const flag = z
  .enum(['0', '1'])
  .transform((text) => text === '1')
  .optional();
const wholeNumber = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** Variable without DIGITFLOW_INFERENCE_ → what it may hold. */
const settingsSchema = z.object({
  /** Address to listen at; anything but loopback needs a token. */
  HOST: z.string().min(1).default('127.0.0.1'),
  /** Exactly this port. Without it: 8080, or the next one that is free. */
  PORT: wholeNumber(0, 65_535).optional(),
  /** Threads that read frames. Without it: one a core. */
  THREADS: wholeNumber(1, 256).optional(),
  RUNTIME: z.enum(['onnxruntime-node', 'tfjs-node', 'wasm']).default('onnxruntime-node'),
  /** `name` follows the champion, `name@version` stays at that version. */
  MODEL: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}(@[1-9][0-9]{0,8})?$/, 'expected a name such as digits, or digits@3')
    .default('digits'),
  /** PEM files, both or none. */
  TLS_CERT: z.string().min(1).optional(),
  TLS_KEY: z.string().min(1).optional(),
  TOKEN_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')
    .optional(),
  /** PEM file of the public key that signs models. Without it: the home's own. */
  PUBLIC_KEY: z.string().min(1).optional(),
  /** 1: serves models that nobody trusted has signed. */
  INSECURE_UNSIGNED: flag,
  /** Sessions at a time. Without it: as many as the threads can answer. */
  MAX_SOCKETS: wholeNumber(1, 10_000).optional(),
  /** Exact origins of other sites whose pages may use this worker, separated by commas. */
  ALLOWED_ORIGINS: z.string().optional(),
  /** 0: without Temporal. Sessions are summed up in the store all the same. */
  TEMPORAL: flag,
  /** From the request to stop until everything is cut. */
  DRAIN_MS: wholeNumber(0, 600_000).default(1_200),
});

export interface InferenceSettings {
  host: string;
  port: number | undefined;
  threads: number | undefined;
  runtime: z.output<typeof settingsSchema>['RUNTIME'];
  model: string;
  /** Undefined: whatever the champion is. */
  version: number | undefined;
  tls: { certificatePath: string; keyPath: string } | undefined;
  tokenSha256: string | undefined;
  publicKeyPath: string | undefined;
  insecureUnsigned: boolean;
  maxSockets: number | undefined;
  allowedOrigins: string[];
  temporal: boolean;
  drainMs: number;
}

const PREFIX = 'DIGITFLOW_INFERENCE_';

/** Reads DIGITFLOW_INFERENCE_*; an empty variable counts as unset. @throws InvalidInferenceSettings */
export function inferenceSettings(environment: Environment = process.env): InferenceSettings {
  const given = Object.keys(settingsSchema.shape)
    .map((name) => [name, environment[`${PREFIX}${name}`]] as const)
    .filter(([, value]) => value !== undefined && value !== '');
  const parsed = settingsSchema.safeParse(Object.fromEntries(given));
  if (!parsed.success)
    throw new InvalidInferenceSettings(
      parsed.error.issues.map(({ path, message }) => `${PREFIX}${path.join('.')}: ${message}`),
    );
  const { data } = parsed;
  if ((data.TLS_CERT === undefined) !== (data.TLS_KEY === undefined))
    throw new InvalidInferenceSettings([`${PREFIX}TLS_CERT and ${PREFIX}TLS_KEY: expected both or none`]);
  const [model, version] = data.MODEL.split('@') as [string, string?];
  return {
    host: data.HOST,
    port: data.PORT,
    threads: data.THREADS,
    runtime: data.RUNTIME,
    model,
    version: version === undefined ? undefined : Number(version),
    tls:
      data.TLS_CERT === undefined || data.TLS_KEY === undefined
        ? undefined
        : { certificatePath: data.TLS_CERT, keyPath: data.TLS_KEY },
    tokenSha256: data.TOKEN_SHA256,
    publicKeyPath: data.PUBLIC_KEY,
    insecureUnsigned: data.INSECURE_UNSIGNED ?? false,
    maxSockets: data.MAX_SOCKETS,
    allowedOrigins: (data.ALLOWED_ORIGINS ?? '')
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    temporal: data.TEMPORAL ?? true,
    drainMs: data.DRAIN_MS,
  };
}
