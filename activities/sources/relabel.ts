import type { OpenedSource } from './source.ts';

/** The same images under another name: all parts become one. */
export function relabel(opened: OpenedSource, name: string): OpenedSource {
  const licences = opened.parts.flatMap((part) => part.licences);
  return {
    ...opened,
    parts: [{ name, kind: name, licences }],
    async *items() {
      for await (const item of opened.items()) yield 'rejected' in item ? item : { ...item, source: name };
    },
  };
}
