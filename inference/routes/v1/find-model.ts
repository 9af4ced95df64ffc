// From a path of TensorFlow Serving to a loaded version. Its clients look for the text of the 404.

import type { ModelManager, ServedModel } from '../../serving.ts';
import { HttpProblem } from '../problem.ts';

export interface ServablePath {
  model: string;
  version?: string | undefined;
  label?: string | undefined;
}

/** Words of a path go into the text only when they could be names: it is shown in other people's logs. */
const NAME = /^[\w.-]{1,64}$/;

export function servableNotFound({ model, version, label }: ServablePath): HttpProblem {
  const shown = (word: string) => (NAME.test(word) ? word : '?');
  const wanted = version ?? label;
  const request = wanted === undefined ? `Latest(${shown(model)})` : `Specific(${shown(model)}, ${shown(wanted)})`;
  return new HttpProblem('unknown-model', `Servable not found for request: ${request}`);
}

/** @throws HttpProblem unknown-model; no-model while nothing is loaded yet */
export function findServable(manager: ModelManager, path: ServablePath): ServedModel {
  if (path.model !== manager.modelName) throw servableNotFound(path);
  const current = manager.current();
  if (current === undefined) throw new HttpProblem('no-model', 'no version is loaded yet');
  const wanted = versionOf(manager, path);
  if (path.version === undefined && path.label === undefined) return current;
  const found = manager.loaded().find((model) => String(model.version) === wanted);
  if (found === undefined) throw servableNotFound(path);
  return found;
}

/** The version that a path names, by number or label; undefined when it names none or an unknown label. */
export function versionOf(manager: ModelManager, { version, label }: ServablePath): string | undefined {
  if (label === undefined) return version;
  const labels = manager.labels();
  const found = Object.hasOwn(labels, label) ? labels[label as keyof typeof labels] : undefined;
  return found === undefined ? undefined : String(found);
}
