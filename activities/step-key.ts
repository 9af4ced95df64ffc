// What names a step's result: everything that decides it, and nothing else.

import { canonicalDigest } from '../artifacts/canonical.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { EngineFingerprint } from '../ml/engine.ts';

/** The code that runs, as the worker that runs it found it. */
export interface CodeIdentity {
  /** sha256 of the step's bundle. */
  bundle: string;
  /** sha256 over every package the bundle can reach. */
  packages?: string;
  /** Native libraries → digest. */
  native?: Record<string, string>;
  /** Own modules → sha256 of the source. This and what follows stand in the record and not in the key: they tell people. */
  modules?: Record<string, string>;
  /** Own modules → digest of what they left in the bundle, which no comment changes. */
  pieces?: Record<string, string>;
  /** Place of each package the bundle can reach → its version and the beginning of its integrity. */
  closure?: Record<string, string>;
}

/** The part of a code identity that stands in records only. */
export type CodeDetails = Pick<CodeIdentity, 'modules' | 'pieces' | 'closure'>;

export interface StepIdentity {
  step: string;
  /** Resolved: every default filled in. */
  parameters: object;
  inputs: Record<string, ArtifactRef>;
  codeIdentity: CodeIdentity;
  /** Only of steps that compute floats on an engine. */
  engine?: EngineFingerprint | undefined;
}

export interface StepKey {
  stepKey: string;
  /** What the key is the digest of: two of them tell why two keys differ. */
  keyDocument: Record<string, unknown>;
}

/** @throws NotCanonical when a parameter is NaN or infinite */
export function stepKeyOf({ step, parameters, inputs, codeIdentity, engine }: StepIdentity): StepKey {
  const { modules: _modules, pieces: _pieces, closure: _closure, ...code } = codeIdentity;
  const keyDocument: Record<string, unknown> = {
    step,
    code,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, { sha256 }]) => [name, sha256])),
    parameters,
    ...(engine !== undefined && { engine }),
  };
  return { stepKey: canonicalDigest(keyDocument), keyDocument };
}

export function detailsOf({ modules, pieces, closure }: CodeIdentity): CodeDetails {
  return { ...(modules && { modules }), ...(pieces && { pieces }), ...(closure && { closure }) };
}
