// PNG files, both ways.

export { decodePng } from './png-decode.ts';
export type { DecodePngOptions } from './png-decode.ts';
export { encodePng } from './png-encode.ts';
export type { RgbImage } from './png-encode.ts';
export { InvalidPng, PngTooLarge } from './png-error.ts';
