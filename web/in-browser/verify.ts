// Whether a model is what was signed: bytes against digests, digests against the statement, the statement against the key.

import type { LatestModel } from '../../inference/latest-model.ts';
import { decodeBase64 } from '../../ml/base64.ts';
import { canonicalJson } from './canonical.ts';
import { LocalFailure } from './errors.ts';

/** `digests`: this browser knows no Ed25519, so who made the model was not checked. */
export type Checked = 'signature' | 'digests';

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws LocalFailure when the bytes are not those that the model names */
export async function checkBytes(
  bytes: Uint8Array<ArrayBuffer>,
  expected: { sha256: string; sizeBytes: number },
  what: string,
): Promise<void> {
  checkSize(bytes, expected.sizeBytes, what);
  if ((await sha256(bytes)) !== expected.sha256)
    throw new LocalFailure(`${what} is damaged or was altered: it was refused.`);
}

/** @throws LocalFailure */
export function checkSize(bytes: Uint8Array, sizeBytes: number, what: string): void {
  if (bytes.length !== sizeBytes)
    throw new LocalFailure(`${what} has ${bytes.length} bytes instead of ${sizeBytes}: it was refused.`);
}

/** @throws LocalFailure when digest, statement and signature don't belong together */
export async function checkSignature(latest: LatestModel): Promise<Checked> {
  const files = Object.fromEntries(latest.files.map((file) => [file.path, file.sha256]));
  const digest = await sha256(
    utf8(
      canonicalJson({
        files,
        classes: latest.labels,
        preprocessing: latest.preprocessing,
        decision: { threshold: latest.threshold },
        inputSignature: latest.inputSignature,
      }),
    ),
  );
  if (digest !== latest.digest) throw new LocalFailure('The model does not fit its own digest: it was refused.');
  const { name, golden, signature } = latest;
  const type = 'digitflow model statement, version 1';
  const statement = utf8(canonicalJson({ type, name, digest, files, golden: golden.sha256 }));
  if ((await sha256(statement)) !== signature.statementSha256)
    throw new LocalFailure('The signature belongs to another model: it was refused.');
  const key = await importKey(signature.publicKey);
  if (key === undefined) return 'digests';
  if (!(await crypto.subtle.verify('Ed25519', key, bytesOf(signature.signature), statement)))
    throw new LocalFailure('The signature of the model does not hold: it was refused.');
  return 'signature';
}

/** Undefined where the browser knows no Ed25519. */
async function importKey(publicKey: string): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey('spki', bytesOf(publicKey), 'Ed25519', false, ['verify']);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotSupportedError') return undefined;
    throw new LocalFailure('The key that signed the model cannot be read: it was refused.', { cause });
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(decodeBase64(base64));
  } catch (cause) {
    throw new LocalFailure('The signature of the model cannot be read: it was refused.', { cause });
  }
}
