// A list of image addresses with their labels. As text one image a line, `LABEL ADDRESS`, with `#` before comments; or as
// JSON, [{ "label": "7", "url": "…", "group": "writer 3", "sha256": "…" }], of which the last two may be left out.
// Relative addresses start from the list's own.

import { InvalidImageList } from '../../errors.ts';
import type { AddressPolicy } from './address-policy.ts';

/** A million addresses of 64 characters. */
export const MAX_LIST_BYTES = 64 * 1024 * 1024;
const MAX_IMAGES = 1_000_000;
const MAX_NAME_LENGTH = 100;

export interface ListedImage {
  url: URL;
  label: string;
  group?: string | undefined;
  sha256?: string | undefined;
}

/**
 * @param where names the list in errors
 * @throws InvalidImageList with the line or entry; UrlNotAllowed when an address leads where the worker may not go
 */
export function parseImageList(
  bytes: Uint8Array,
  { where, base, policy }: { where: string; base: URL; policy: AddressPolicy },
): ListedImage[] {
  const text = decode(bytes, where);
  const found = /^\s*\[/.test(text) ? fromJson(text, where) : fromText(text, where);
  if (found.length === 0) throw new InvalidImageList(`${where}: expected images, got an empty list`);
  if (found.length > MAX_IMAGES)
    throw new InvalidImageList(`${where}: expected at most ${MAX_IMAGES} images, got ${found.length}`);
  return found.map(({ address, ...image }) => ({ ...image, url: policy.checkUrl(address, base) }));
}

interface Entry {
  address: string;
  label: string;
  group?: string | undefined;
  sha256?: string | undefined;
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InvalidImageList(`${where}: expected a list in UTF-8, got other bytes`, { cause: error });
  }
}

function fromText(text: string, where: string): Entry[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [, label, address] = /^\s*(\S+)\s+(\S+)\s*$/.exec(line) ?? [];
    if (label === undefined || address === undefined)
      throw new InvalidImageList(
        `${where}: line ${index + 1}: expected LABEL ADDRESS, got ${JSON.stringify(line.slice(0, 100))}`,
      );
    return [{ label: checkedName(label, `${where}: line ${index + 1}`), address }];
  });
}

function fromJson(text: string, where: string): Entry[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new InvalidImageList(`${where}: expected a JSON list, got ${String(error).slice(0, 100)}`, { cause: error });
  }
  return (list as unknown[]).map((entry, index) => {
    const place = `${where}: entry ${index + 1}`;
    const { url, label, group, sha256, ...others } = (entry ?? {}) as Record<string, unknown>;
    const unknown = Object.keys(others);
    if (typeof url !== 'string' || (typeof label !== 'string' && typeof label !== 'number') || unknown.length > 0)
      throw new InvalidImageList(
        `${place}: expected { url, label, group?, sha256? }, got ${JSON.stringify(entry)?.slice(0, 100)}`,
      );
    if (sha256 !== undefined && !(typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)))
      throw new InvalidImageList(`${place}: expected sha256 as 64 lower-case hex digits`);
    return {
      address: url,
      label: checkedName(String(label), place),
      ...(group !== undefined && { group: checkedName(group, place) }),
      ...(sha256 !== undefined && { sha256 }),
    };
  });
}

function checkedName(name: unknown, place: string): string {
  // oxlint-disable-next-line no-control-regex
  if (typeof name === 'string' && name.length <= MAX_NAME_LENGTH && /^[^\0-\x1f\x7f/\\]+$/.test(name)) return name;
  throw new InvalidImageList(
    `${place}: expected a name of 1 to ${MAX_NAME_LENGTH} characters without slashes, got ${JSON.stringify(name)?.slice(0, 100)}`,
  );
}
