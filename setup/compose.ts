// What docker-compose.yml asks for by name: passwords from the system's randomness, the hash of a token, ports, cores.
// Written once into .env, which git and the images' build leave out.

import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { createOnce, writeWhole } from './stack/files.ts';
import { createToken } from './token.ts';

/** 240 bits. */
const PASSWORD_BYTES = 30;

export interface ComposeSettings {
  /** Variable → value, in the order in which they are written. */
  variables: Record<ComposeVariable, string>;
  /** What clients of the inference worker send; only its SHA-256 is among the variables. */
  token: string;
}

export type ComposeVariable =
  | 'DIGITFLOW_POSTGRES_PASSWORD'
  | 'DIGITFLOW_STORE_USER'
  | 'DIGITFLOW_STORE_PASSWORD'
  | 'DIGITFLOW_INFERENCE_TOKEN_SHA256'
  | 'DIGITFLOW_INFERENCE_PORT'
  | 'DIGITFLOW_TEMPORAL_PORT'
  | 'DIGITFLOW_TEMPORAL_UI_PORT'
  | 'DIGITFLOW_CPUS';

const WORDS: Record<ComposeVariable, string> = {
  DIGITFLOW_POSTGRES_PASSWORD: "of Temporal's database; laid down in its volume at the first start",
  DIGITFLOW_STORE_USER: 'of the object store; only the keeper of its keys knows them',
  DIGITFLOW_STORE_PASSWORD: '',
  DIGITFLOW_INFERENCE_TOKEN_SHA256: "SHA-256 of the token that the inference worker's clients send",
  DIGITFLOW_INFERENCE_PORT: 'ports on 127.0.0.1',
  DIGITFLOW_TEMPORAL_PORT: '',
  DIGITFLOW_TEMPORAL_UI_PORT: '',
  DIGITFLOW_CPUS: 'how many cores one part may use at most; no more than this machine has',
};

/** Everything new: no two calls share a password. */
export function createComposeSettings(): ComposeSettings {
  const { token, sha256 } = createToken();
  const password = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');
  return {
    token,
    variables: {
      DIGITFLOW_POSTGRES_PASSWORD: password(),
      DIGITFLOW_STORE_USER: `digitflow-${randomBytes(6).toString('hex')}`,
      DIGITFLOW_STORE_PASSWORD: password(),
      DIGITFLOW_INFERENCE_TOKEN_SHA256: sha256,
      DIGITFLOW_INFERENCE_PORT: '8080',
      DIGITFLOW_TEMPORAL_PORT: '7233',
      DIGITFLOW_TEMPORAL_UI_PORT: '8233',
      DIGITFLOW_CPUS: String(availableParallelism()),
    },
  };
}

/**
 * Writes the variables for their owner alone (mode 0600), whole or not at all.
 * @param options.replace writes over a file that is there; its passwords are lost then
 * @returns false when a file was there and stays
 */
export function writeComposeSettings(
  path: string,
  { variables }: ComposeSettings,
  { replace }: { replace: boolean },
): boolean {
  const lines = Object.entries(variables).flatMap(([name, value]) => {
    const words = WORDS[name as ComposeVariable];
    return [...(words === '' ? [] : [`# ${words}`]), `${name}=${value}`];
  });
  const text = `# Made by \`npx digitflow compose init\`. Secret: keep a copy, never commit it.\n${lines.join('\n')}\n`;
  if (!replace) return createOnce(path, text);
  writeWhole(path, text);
  return true;
}
