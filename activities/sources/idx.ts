// Images and labels in MNIST's own format: two IDX files, each packed by gzip or not. Headers are believed in nothing:
// what they promise bounds what is read, and what comes is counted against it.

import { idxHeaderBytes, InvalidIdx, parseIdxHeader, type IdxHeader } from '../../ml/codecs/idx.ts';
import { DamagedIdx, EmptyDataset, IdxPairDiffers, LabelOutsideClasses } from '../errors.ts';
import type { ByteSource } from './archives/byte-source.ts';
import { ARCHIVE_LIMITS, createMeter, type ArchiveLimits, type Meter } from './archives/entry.ts';
import { unpacked } from './archives/gunzip.ts';
import { toOriginal } from './decode.ts';
import { identityOfFile, keepFile, nameOfFile, openFile, using, type FilePlace } from './file-place.ts';
import { sortClasses, type Source, type SourceContext, type SourceItem } from './source.ts';

const IMAGE_DIMENSIONS = 3;
const LABEL_DIMENSIONS = 1;
/** A larger picture is none of a digit; a header that says so lies. */
const MAX_IDX_SIDE = 4096;

export interface IdxOptions {
  images: FilePlace;
  labels: FilePlace;
  /** Labels are 0 … classes − 1, and these are the classes' names. */
  classes: number;
  /** @default ARCHIVE_LIMITS */
  limits?: ArchiveLimits;
}

interface IdxFile {
  place: FilePlace;
  where: string;
  dimensions: number;
}

/**
 * @throws (from `open`) SourceNotAllowed, SourceNotFound, DamagedIdx, IdxPairDiffers, LabelOutsideClasses, EmptyDataset,
 *   DecompressionBomb; (while reading) DamagedIdx, DamagedArchive for a damaged gzip, DecompressionBomb
 */
export function idxSource({ images, labels, classes, limits = ARCHIVE_LIMITS }: IdxOptions): Source {
  const imageFile = { place: images, where: nameOfFile(images, 'images'), dimensions: IMAGE_DIMENSIONS };
  const labelFile = { place: labels, where: nameOfFile(labels, 'labels'), dimensions: LABEL_DIMENSIONS };
  return {
    kind: 'idx',
    name: imageFile.where,
    splitHints: false,
    identity: async ({ signal }) => ({
      kind: 'idx',
      images: await identityOfFile(images, signal),
      labels: await identityOfFile(labels, signal),
    }),
    async open(context) {
      const header = await readHeader(imageFile, limits, context);
      const [count = 0, rows = 0, columns = 0] = header.dimensions;
      const labelOf = await readLabels(labelFile, limits, context);
      if (labelOf.length !== count) {
        throw new IdxPairDiffers(
          `${labelFile.where}: expected ${count} labels, one an image of ${imageFile.where}, got ${labelOf.length}`,
        );
      }
      if (count === 0) throw new EmptyDataset(`${imageFile.where}: expected images, got a header that counts none`);
      const outside = labelOf.findIndex((label) => label >= classes);
      if (outside >= 0) {
        throw new LabelOutsideClasses(
          `${labelFile.where}: expected labels 0 … ${classes - 1}, got ${labelOf[outside]} at position ${outside}`,
        );
      }
      await keepFile(images, `images/${imageFile.where}`, context);
      await keepFile(labels, `labels/${labelFile.where}`, context);
      return {
        classes: sortClasses(Array.from({ length: classes }, (_, label) => String(label))),
        parts: [{ name: 'idx', kind: 'idx', licences: [] }],
        complete: true,
        total: count,
        async *items() {
          const source = await openFile(images, context);
          try {
            const bodies = inPieces(source, imageFile, limits, rows * columns);
            let index = 0;
            for await (const pixels of bodies) {
              context.signal.throwIfAborted();
              yield toItem(index, { pixels, width: columns, height: rows }, String(labelOf[index]));
              index++;
            }
          } finally {
            await source.close();
          }
        },
      };
    },
  };
}

function toItem(
  index: number,
  image: { pixels: Uint8Array; width: number; height: number },
  className: string,
): SourceItem {
  const name = `#${index}`;
  const made = toOriginal(image);
  return 'reason' in made ? { name, rejected: made } : { name, className, source: 'idx', image: made };
}

async function readHeader(file: IdxFile, limits: ArchiveLimits, context: SourceContext): Promise<IdxHeader> {
  return using(
    () => openFile(file.place, context),
    async (source) => {
      const head: number[] = [];
      for await (const chunk of unpacked(source, file.where)) {
        head.push(...chunk.subarray(0, idxHeaderBytes(file.dimensions) - head.length));
        if (head.length === idxHeaderBytes(file.dimensions)) break;
      }
      return checkedHeader(Uint8Array.from(head), file, limits);
    },
  );
}

function checkedHeader(head: Uint8Array, { where, dimensions }: IdxFile, limits: ArchiveLimits): IdxHeader {
  const header = parsed(head, where, dimensions);
  const [count = 0, ...sides] = header.dimensions;
  const wrongSide = sides.find((side) => side < 1 || side > MAX_IDX_SIDE);
  if (wrongSide !== undefined)
    throw new DamagedIdx(`${where}: expected 1 to ${MAX_IDX_SIDE} pixels a side in the header, got ${wrongSide}`);
  if (count > limits.entries || header.bodyBytes > limits.totalBytes) {
    throw new DamagedIdx(
      `${where}: expected at most ${limits.entries} values and ${limits.totalBytes} bytes in the header, ` +
        `got ${header.dimensions.join(' × ')}`,
    );
  }
  return header;
}

function parsed(head: Uint8Array, where: string, dimensions: number): IdxHeader {
  try {
    return parseIdxHeader(head, dimensions);
  } catch (error) {
    if (!(error instanceof InvalidIdx)) throw error;
    throw new DamagedIdx(`${where}: ${error.message}`, { cause: error });
  }
}

async function readLabels(file: IdxFile, limits: ArchiveLimits, context: SourceContext): Promise<Uint8Array> {
  return using(
    () => openFile(file.place, context),
    async (source) => {
      const header = await readHeader(file, limits, context);
      let labels = new Uint8Array(0);
      // One piece; the loop goes on to the end of the file, so that a byte too many is seen.
      for await (const body of inPieces(source, file, limits, Math.max(1, header.bodyBytes))) labels = body;
      return labels;
    },
  );
}

/**
 * The body in pieces of equal size, as many as the header says: a byte missing or too many is an error. Holds one piece
 * and one chunk.
 */
async function* inPieces(
  source: ByteSource,
  file: IdxFile,
  limits: ArchiveLimits,
  pieceBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { where, dimensions } = file;
  const meter: Meter = createMeter(where, source.sizeBytes, limits);
  let head = new Uint8Array(0);
  let header: IdxHeader | undefined;
  let seen = 0;
  let piece = new Uint8Array(0);
  let filled = 0;
  for await (const chunk of unpacked(source, where)) {
    meter.addBytes(chunk.length);
    let rest: Uint8Array = chunk;
    if (header === undefined) {
      const taken = rest.subarray(0, idxHeaderBytes(dimensions) - head.length);
      head = Uint8Array.from([...head, ...taken]);
      rest = rest.subarray(taken.length);
      if (head.length < idxHeaderBytes(dimensions)) continue;
      header = checkedHeader(head, file, limits);
    }
    seen += rest.length;
    if (seen > header.bodyBytes) {
      throw new DamagedIdx(
        `${where}: expected ${header.bodyBytes} bytes after the header (${header.dimensions.join(' × ')}), got more`,
      );
    }
    while (rest.length > 0) {
      if (filled === 0) piece = new Uint8Array(pieceBytes);
      const taken = rest.subarray(0, pieceBytes - filled);
      piece.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
      if (filled < pieceBytes) continue;
      filled = 0;
      yield piece; // the caller's to keep
    }
  }
  const expected = (header ?? parsed(head, where, dimensions)).bodyBytes;
  if (seen !== expected)
    throw new DamagedIdx(`${where}: expected ${expected} bytes after the header, got ${seen}: it is cut short`);
}
