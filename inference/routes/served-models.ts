// From the name and version in a path to a model that answers.

import type { ModelManager, ModelState, ServedModel } from '../serving.ts';
import { HttpProblem, quoted } from './problem.ts';

/** Versions in paths are growing integers. */
export const VERSION = /^[1-9]\d{0,8}$/;

/** @throws HttpProblem unknown-model */
export function checkModelName(manager: ModelManager, name: string): void {
  if (name !== manager.modelName)
    throw new HttpProblem('unknown-model', `model: expected ${quoted(manager.modelName)}, got ${quoted(name)}`);
}

/**
 * The loaded version that a path means; without a version the current one.
 * @throws HttpProblem unknown-model, no-model
 */
export function servedModel(manager: ModelManager, name: string, version?: string): ServedModel {
  checkModelName(manager, name);
  if (version === undefined) {
    const current = manager.current();
    if (current === undefined) throw new HttpProblem('no-model', `model ${quoted(name)}: no version is loaded yet`);
    return current;
  }
  const found = manager.loaded().find((model) => String(model.version) === version);
  if (found === undefined)
    throw new HttpProblem('unknown-model', `model ${quoted(name)}: expected a loaded version, got ${quoted(version)}`);
  return found;
}

/** Loaded versions, smallest first. */
export const loadedVersions = (manager: ModelManager): number[] =>
  [...new Set(manager.loaded().map(({ version }) => version))].sort((a, b) => a - b);

export function stateOf(manager: ModelManager, version: string): ModelState | undefined {
  return manager.states().find((state) => String(state.version) === version);
}
