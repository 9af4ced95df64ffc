// What `GET /models/<model>/latest.json` says: all that a page has to know to fetch a version, check it and read with
// it. Types only: the page imports them.

import type { Preprocessing } from '../ml/image/network-input.ts';

export interface LatestFile {
  /** As in the version's record, e.g. `tfjs/model.json`. */
  path: string;
  /** Absolute, or relative to this document. */
  url: string;
  sha256: string;
  sizeBytes: number;
}

export interface LatestModel {
  schemaVersion: 1;
  name: string;
  version: number;
  digest: string;
  createdAt: string;
  /** Class names in the model's order. */
  labels: string[];
  /** Side of a network input. */
  imageSize: number;
  threshold: number;
  /** Folded into the weights already; null where the record doesn't say. */
  temperature: number | null;
  preprocessing: Preprocessing;
  /** The last of what the digest covers, beside files, labels, threshold and preprocessing. */
  inputSignature: { name: string; shape: (number | null)[]; type: 'float32'; range: [number, number] };
  files: LatestFile[];
  golden: Omit<LatestFile, 'path'>;
  signature: {
    algorithm: 'ed25519';
    /** SPKI in DER, base64. */
    publicKey: string;
    /** 64 bytes, base64. */
    signature: string;
    statementSha256: string;
  };
  /** What was signed, as canonical JSON; whoever checks builds it from the fields above. */
  statement: { type: string; name: string; digest: string; files: Record<string, string>; golden: string };
}
