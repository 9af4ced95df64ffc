// The sides of a JPEG from its frame header, without decoding it.

const MARKER = 0xff;
const START_OF_IMAGE = 0xd8;
const START_OF_SCAN = 0xda;
/** Frame headers are C0 … CF but for DHT, JPG and DAC. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
/** Markers without a length: TEM and the restarts. */
const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** @returns undefined where the bytes are no JPEG, or tell no size before their first scan */
export function jpegSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 4 || bytes[0] !== MARKER || bytes[1] !== START_OF_IMAGE) return undefined;
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== MARKER) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === MARKER) {
      at++; // a fill byte
      continue;
    }
    if (marker === START_OF_SCAN) return undefined;
    if (standsAlone(marker)) {
      at += 2;
      continue;
    }
    if (isFrameHeader(marker)) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + Math.max(bytes.readUInt16BE(at + 2), 2); // a length of less than itself would go backwards
  }
  return undefined;
}
