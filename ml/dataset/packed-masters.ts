// The masters of the train split in one blob: what augmentation draws from. Fixed-size pixels, optional skeletons.
// 'DFMA' | u32 version 1 | u32 count | u32 pixel bytes | count × u8 label | count × u8 source | count × u8 hasSkeleton |
// zeros to a multiple of 4 | count × u32 group | count × u32 sample | pixels | skeletons (512 bytes each, those that have one)

const MAGIC = 0x414d4644; // 'DFMA', little-endian
const VERSION = 1;
const HEADER_BYTES = 16;
export const SKELETON_BYTES = 512;

export interface PackedMasters {
  count: number;
  /** 4096 for 64×64 masters, 1024 for network inputs. */
  pixelBytes: number;
  labels: Uint8Array; // [count] class index
  sources: Uint8Array; // [count] source index
  groups: Uint32Array; // [count] group id, 0xffffffff: none
  samples: Uint32Array; // [count] index in the dataset
  hasSkeleton: Uint8Array; // [count] 0 or 1
  pixels: Uint8Array; // [count, pixelBytes]
  skeletons: Uint8Array; // [sum(hasSkeleton), 512] bit masks, in order
}

/** Thrown when bytes are not packed masters: wrong magic, other version, truncated, or counts that do not fit. */
export class InvalidMasters extends Error {
  override readonly name = 'InvalidMasters';
}

const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** @throws InvalidMasters when a column has another length than `count` says */
export function encodeMasters(masters: PackedMasters): Uint8Array<ArrayBuffer> {
  const { count, pixelBytes, labels, sources, groups, samples, hasSkeleton, pixels, skeletons } = masters;
  const layout = layoutOf(count, pixelBytes, skeletons.byteLength / SKELETON_BYTES);
  const fits =
    [labels, sources, groups, samples, hasSkeleton].every((column) => column.length === count) &&
    pixels.byteLength === count * pixelBytes &&
    skeletons.byteLength === hasSkeleton.reduce((sum, has) => sum + has, 0) * SKELETON_BYTES;
  if (!fits) throw new InvalidMasters(`masters: expected every column to have ${count} entries`);
  const bytes = new Uint8Array(layout.end);
  new Uint32Array(bytes.buffer, 0, 4).set([MAGIC, VERSION, count, pixelBytes]);
  bytes.set(labels, layout.labels);
  bytes.set(sources, layout.sources);
  bytes.set(hasSkeleton, layout.hasSkeleton);
  new Uint32Array(bytes.buffer, layout.groups, count).set(groups);
  new Uint32Array(bytes.buffer, layout.samples, count).set(samples);
  bytes.set(pixels, layout.pixels);
  bytes.set(skeletons, layout.skeletons);
  return bytes;
}

/**
 * Views into `bytes` where alignment allows, no copies of pixels.
 * @throws InvalidMasters
 */
export function decodeMasters(bytes: Uint8Array): PackedMasters {
  if (bytes.byteLength < HEADER_BYTES)
    throw new InvalidMasters(`masters: expected a header of 16 bytes, got ${bytes.byteLength}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [magic, version, count, pixelBytes] = [0, 4, 8, 12].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  if (magic !== MAGIC || version !== VERSION)
    throw new InvalidMasters(`masters: expected DFMA version 1, got ${magic.toString(16)} ${version}`);
  const bare = layoutOf(count, pixelBytes, 0);
  if (bytes.byteLength < bare.end)
    throw new InvalidMasters(
      `masters: expected at least ${bare.end} bytes for ${count} masters, got ${bytes.byteLength}`,
    );
  const hasSkeleton = bytes.subarray(bare.hasSkeleton, bare.hasSkeleton + count);
  const layout = layoutOf(
    count,
    pixelBytes,
    hasSkeleton.reduce((sum, has) => sum + has, 0),
  );
  if (bytes.byteLength !== layout.end)
    throw new InvalidMasters(`masters: expected ${layout.end} bytes, got ${bytes.byteLength}`);
  const words = (at: number): Uint32Array => new Uint32Array(bytes.slice(at, at + count * 4).buffer);
  return {
    count,
    pixelBytes,
    labels: bytes.subarray(layout.labels, layout.labels + count),
    sources: bytes.subarray(layout.sources, layout.sources + count),
    hasSkeleton,
    groups: words(layout.groups),
    samples: words(layout.samples),
    pixels: bytes.subarray(layout.pixels, layout.skeletons),
    skeletons: bytes.subarray(layout.skeletons, layout.end),
  };
}

function layoutOf(count: number, pixelBytes: number, skeletonCount: number) {
  const labels = HEADER_BYTES;
  const sources = labels + count;
  const hasSkeleton = sources + count;
  const groups = padded(hasSkeleton + count);
  const samples = groups + 4 * count;
  const pixels = samples + 4 * count;
  const skeletons = pixels + count * pixelBytes;
  return {
    labels,
    sources,
    hasSkeleton,
    groups,
    samples,
    pixels,
    skeletons,
    end: skeletons + skeletonCount * SKELETON_BYTES,
  };
}
