// The bundles that steps run, and the identity of a step that runs several.

import { canonicalDigest } from '../artifacts/canonical.ts';
import type { CodeIdentity } from './step-key.ts';

export type UnitName =
  | 'step-thread'
  | 'ingest'
  | 'preprocess'
  | 'augment-part'
  | 'augment'
  | 'train'
  | 'evaluate'
  | 'measure'
  | 'publish'
  | 'trainer';

export interface CodeUnit {
  /** Absolute path of the bundle. */
  file: string;
  identity: CodeIdentity;
}

export type StepCode = Record<UnitName, CodeUnit>;

/** One identity for code that lives in several bundles: a change in any of them changes it. */
export function combineCode(...units: CodeUnit[]): CodeIdentity {
  const identities = units.map(({ identity }) => identity);
  return {
    bundle: canonicalDigest(identities.map(({ bundle }) => bundle)),
    packages: canonicalDigest(identities.map(({ packages }) => packages ?? '')),
    modules: Object.assign({}, ...identities.map(({ modules }) => modules ?? {})) as Record<string, string>,
  };
}
