// A difference of two step keys in words.

import type { KeyDifference } from '../../artifacts/key-differences.ts';

const SHORT = 12;
const LONGEST = 80;

export function describeDifference(difference: KeyDifference): string {
  switch (difference.kind) {
    case 'code':
      return difference.module === undefined
        ? 'code: the bundle is another one, the records do not tell which module'
        : `code: ${difference.module} ${difference.change}`;
    case 'package':
      return difference.package === undefined
        ? 'package: the closure is another one, the records do not tell which package'
        : `package ${difference.package}: ${side(difference.from)} → ${side(difference.to)}`;
    case 'input':
      return `input ${difference.input}: ${side(difference.from?.slice(0, SHORT))} → ${side(difference.to?.slice(0, SHORT))}`;
    case 'parameter':
      return `parameter ${difference.parameter}: ${side(difference.from)} → ${side(difference.to)}`;
    case 'engine':
      return `engine ${difference.field}: ${side(difference.from)} → ${side(difference.to)}`;
  }
}

function side(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
