import { NONE_CLASS } from '../../ml/decision.ts';
import type { Page } from '../state/page.ts';

/**
 * While teaching is on: 0–9 say what the chosen digit truly is, n that it is none.
 * @returns a function that ends it
 */
export function watchTeachingKeys({ teaching, selected, labels }: Page): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (!teaching.isOn.peek() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const label = event.key === 'n' ? NONE_CLASS : event.key;
    const digit = selected.peek();
    if (digit === undefined || !labels.peek().includes(label)) return;
    event.preventDefault();
    teaching.correct(digit, label);
  };
  document.addEventListener('keydown', pressed);
  return () => document.removeEventListener('keydown', pressed);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input:not([type=radio], [type=checkbox]), select, textarea') !== null;
