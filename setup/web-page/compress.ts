import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Compressed already. */
const LEFT_ALONE = /\.(woff2|png|jpe?g|webp)$/;

/**
 * Writes `<file>.br` and `<file>.gz` where they are smaller than the file.
 * @returns the bytes of the smallest form
 */
export async function compressFile(file: string, bytes: Uint8Array): Promise<number> {
  if (LEFT_ALONE.test(file)) return bytes.length;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const forms = [
    { ending: 'br', compressed: await promisify(brotliCompress)(bytes, { params }) },
    { ending: 'gz', compressed: await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }) },
  ].filter(({ compressed }) => compressed.length < bytes.length);
  await Promise.all(forms.map(({ ending, compressed }) => writeFile(`${file}.${ending}`, compressed)));
  return Math.min(bytes.length, ...forms.map(({ compressed }) => compressed.length));
}
