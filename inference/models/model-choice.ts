// `digits` follows the champion, `digits@3` stays at version 3.

export interface ModelChoice {
  modelName: string;
  /** Undefined: whatever is champion. */
  pinnedVersion: number | undefined;
}

/** @throws RangeError when it is neither NAME nor NAME@VERSION */
export function parseModelChoice(text: string): ModelChoice {
  const match = /^([^@]+)(?:@([1-9]\d{0,8}))?$/.exec(text);
  if (match === null) throw new RangeError(`model: expected NAME or NAME@VERSION, got ${JSON.stringify(text)}`);
  return { modelName: match[1]!, pinnedVersion: match[2] === undefined ? undefined : Number(match[2]) };
}
