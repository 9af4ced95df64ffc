// The bundles that steps run, and the identity of a step that runs several.

import { canonicalDigest } from '../artifacts/canonical.ts';
import type { CodeIdentity } from './step-key.ts';

export type UnitName =
  | 'step-thread'
  | 'decode-thread'
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
    modules: join(identities.map(({ modules }) => modules)),
    pieces: joinPieces(identities.map(({ pieces }) => pieces ?? {})),
    closure: join(identities.map(({ closure }) => closure)),
  };
}

const join = (each: (Record<string, string> | undefined)[]): Record<string, string> =>
  Object.assign({}, ...each.map((one) => one ?? {})) as Record<string, string>;

/** A module leaves another piece in each bundle, by what is used there. */
function joinPieces(each: Record<string, string>[]): Record<string, string> {
  const modules = [...new Set(each.flatMap((pieces) => Object.keys(pieces)))];
  return Object.fromEntries(
    modules.map((module) => [module, canonicalDigest(each.map((pieces) => pieces[module] ?? '')).slice(0, 16)]),
  );
}
