// The XML by which S3 lists objects. The MinIO client decodes every key, also those of servers that encoded none, and so
// gives back other keys than were put; here the answer itself says whether they are encoded.

import type { ObjectInfo } from './store.ts';

export interface ListAnswer {
  objects: ObjectInfo[];
  /** More of them come after the last. */
  isTruncated: boolean;
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** @throws TypeError when it is no answer to a listing */
export function parseListAnswer(xml: string): ListAnswer {
  const body = /<ListBucketResult[\s>]([\s\S]*)<\/ListBucketResult>/.exec(xml)?.[1];
  if (body === undefined) throw new TypeError(`expected a ListBucketResult, got ${JSON.stringify(xml.slice(0, 200))}`);
  const isEncoded = field(body, 'EncodingType')?.toLowerCase() === 'url';
  const objects = [...body.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, entry]) => {
    const key = field(entry!, 'Key') ?? '';
    return {
      key: isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
      sizeBytes: Number(field(entry!, 'Size')),
      etag: (field(entry!, 'ETag') ?? '').replaceAll('"', ''),
      lastModified: new Date(field(entry!, 'LastModified') ?? 0),
    };
  });
  return { objects, isTruncated: field(body, 'IsTruncated') === 'true' };
}

function field(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name!] ?? whole;
  });
}
