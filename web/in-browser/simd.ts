// The smallest program with a SIMD instruction: splat a number, drop it.
const PROGRAM = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic, version
    [1, 4, 1, 0x60, 0, 0], //                a type: no parameters, no results
    [3, 2, 1, 0], //                         a function of it
    [10, 9, 1, 7, 0, 0x41, 0, 0xfd, 15, 0x1a, 0x0b], // i32.const 0, i8x16.splat, drop, end
  ].flat(),
);

/** Whether this browser runs WebAssembly with SIMD: all do since 2023. */
export const hasSimd = (): boolean => WebAssembly.validate(PROGRAM);
