import { decodeImage } from './decode.ts';
import type { RejectedItem, SourceItem } from './source.ts';

/** A file of a class before it is decoded, or why it is not. */
export type RawItem = RejectedItem | { name: string; className: string; group: string | undefined; bytes: Uint8Array };

/** Pictures that sharp decodes side by side: it has four threads, and each may hold a picture of 16 megapixels. */
const AHEAD = 4;

/** Decodes files, a few ahead, and gives them in the order they came. */
export async function* decodeInOrder(files: AsyncIterable<RawItem>, source: string): AsyncGenerator<SourceItem> {
  const pending: (SourceItem | Promise<SourceItem>)[] = [];
  for await (const file of files) {
    pending.push(toItem(file, source));
    if (pending.length > AHEAD) yield await pending.shift()!;
  }
  for (const item of pending) yield await item;
}

function toItem(file: RawItem, source: string): SourceItem | Promise<SourceItem> {
  if ('rejected' in file) return file;
  const { name, className, group, bytes } = file;
  const finish = (decoded: Awaited<ReturnType<typeof decodeImage>>): SourceItem =>
    'reason' in decoded
      ? { name, rejected: decoded }
      : { name, className, source, image: decoded, ...(group !== undefined && { group }) };
  const decoded = decodeImage(bytes);
  return decoded instanceof Promise ? decoded.then(finish) : finish(decoded);
}
