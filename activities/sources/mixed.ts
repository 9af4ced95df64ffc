// Several sources as one dataset, each a slice of its own in every count and report. What is one source's business stays
// there; here they are put one behind the other under their names.

import { WrongClassCount } from '../errors.ts';
import { sortClasses, type OpenedSource, type Source, type SourceContext, type SourceItem } from './source.ts';

/** A label is a byte. */
const MAX_CLASSES = 256;

export interface NamedSource {
  /** Of its slice; the built-in source has slices of its own and keeps their names. */
  name: string;
  source: Source;
}

/** @throws (from `open`) WrongClassCount, and every error of the sources */
export function mixedSource(sources: readonly NamedSource[]): Source {
  return {
    kind: 'mixed',
    name: sources.map(({ name }) => name).join('+'),
    // Hints of some would leave the others without a test split; groups keep typefaces and writers whole all the same.
    splitHints: sources.every(({ source }) => source.splitHints),
    identity: async (context) => ({
      kind: 'mixed',
      sources: await inTurn(sources, async ({ name, source }) => ({ name, identity: await source.identity(context) })),
    }),
    async open(context) {
      const opened = await inTurn(sources, async ({ name, source }, index) => {
        const slice = await source.open(keptBelow(context, String(index)));
        return source.kind === 'builtin' ? slice : asSlice(slice, name);
      });
      const classes = sortClasses(opened.flatMap((each) => each.classes));
      if (classes.length > MAX_CLASSES)
        throw new WrongClassCount(`mixed: expected at most ${MAX_CLASSES} classes together, got ${classes.length}`);
      return {
        classes,
        parts: opened.flatMap(({ parts }) => parts),
        complete: opened.every(({ complete }) => complete),
        total: opened.reduce((sum, { total }) => sum + total, 0),
        async *items() {
          for (const each of opened) yield* each.items();
        },
      };
    },
  };
}

/** One after another: downloads and folders of two sources would only wait for each other. */
async function inTurn<T>(
  sources: readonly NamedSource[],
  work: (source: NamedSource, index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const [index, source] of sources.entries()) results.push(await work(source, index));
  return results;
}

const keptBelow = (context: SourceContext, folder: string): SourceContext => ({
  ...context,
  keep: (path, content) => context.keep(`${folder}/${path}`, content),
  keepBlobs: (path, parts) => context.keepBlobs(`${folder}/${path}`, parts),
});

/** All parts become one; groups of two sources may have equal names and are still two. */
function asSlice(opened: OpenedSource, name: string): OpenedSource {
  const [first] = opened.parts;
  const toItem = (item: SourceItem): SourceItem => {
    const named = { ...item, name: `${name}/${item.name}` };
    if ('rejected' in named) return named;
    return { ...named, source: name, ...(named.group !== undefined && { group: `${name}: ${named.group}` }) };
  };
  return {
    ...opened,
    parts: [{ name, kind: first!.kind, licences: opened.parts.flatMap(({ licences }) => licences) }],
    async *items() {
      for await (const item of opened.items()) yield toItem(item);
    },
  };
}
