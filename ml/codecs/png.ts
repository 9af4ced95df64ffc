// PNG files, both ways.

export { decodePng } from './png-decode.ts';
export { encodePng } from './png-encode.ts';
export { InvalidPng, PngTooLarge } from './png-error.ts';
