// HTML without holes: whatever is put into a template is escaped, unless it is HTML already.

/** Text that is HTML: made by `html` or declared so by `trusted`. */
export interface Html {
  readonly markup: string;
}

type Content = Html | string | number | null | undefined | false | readonly Content[];

export const trusted = (markup: string): Html => ({ markup });

/** Escapes every value; arrays are joined, null, undefined and false vanish. */
export const html = (strings: TemplateStringsArray, ...values: Content[]): Html =>
  trusted(strings.map((text, index) => text + (index < values.length ? markupOf(values[index]) : '')).join(''));

function markupOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return String(content);
  if ('markup' in content) return content.markup;
  return content.map(markupOf).join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
