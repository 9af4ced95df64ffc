// What both sides cost, round after round: seconds an item.

/** One thing that both do. */
export const topics = [
  'training',
  'fit',
  'generate',
  'step',
  'eager',
  'decode',
  'decodeCore',
  'predictReference',
  'predictCompiled',
  'predictPublished',
] as const;

export type Topic = (typeof topics)[number];

export interface Costs {
  ours: number[];
  /** By how the other side was set up. */
  theirs: Record<string, number[]>;
}

export type AllCosts = Record<Topic, Costs>;

export const noCosts = (): AllCosts =>
  Object.fromEntries(topics.map((topic): [Topic, Costs] => [topic, { ours: [], theirs: {} }])) as AllCosts;

export function addTheirs(costs: Costs, variant: string, cost: number): void {
  (costs.theirs[variant] ??= []).push(cost);
}
