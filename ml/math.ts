// The only transcendental functions of ml: built from + − × ÷ and bit patterns, so every engine, CPU and Node version
// gives the same bits. `Math.sin` and its kin differ between builds in the last place, which would change digests.

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const HALF_PI_HIGH = 1.57079632673412561417;
const HALF_PI_LOW = 6.07710050650619224932e-11;

const bits = new DataView(new ArrayBuffer(8));

/** 2^exponent for an integer exponent in [-1022, 1023]. */
function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** e^x, relative error below 1e-15 for |x| ≤ 700; 0 below −708, Infinity above 709. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < -708) return 0;
  if (x > 709) return Infinity;
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (r / n) * sum;
  return sum * powerOfTwo(k);
}

/** Natural logarithm of a positive normal number, relative error below 1e-15; −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0) || x === Infinity) return x > 0 ? x : NaN;
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let mantissa = bits.getFloat64(0); // [1, 2)
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 21; n >= 1; n -= 2) sum = 1 / n + square * sum;
  return exponent * LN2_HIGH + (2 * s * sum + exponent * LN2_LOW);
}

/** x^y for x > 0. */
export const pow = (x: number, y: number): number => exp(y * log(x));

/** Sine of an angle in radians, |x| ≤ 1e5, absolute error below 1e-15. */
export const sin = (x: number): number => quarter(x, 0);

/** Cosine of an angle in radians, |x| ≤ 1e5, absolute error below 1e-15. */
export const cos = (x: number): number => quarter(x, 1);

function quarter(x: number, shift: number): number {
  const k = Math.round(x / (HALF_PI_HIGH + HALF_PI_LOW));
  const r = x - k * HALF_PI_HIGH - k * HALF_PI_LOW;
  const square = r * r;
  const quadrant = (((k + shift) % 4) + 4) % 4;
  let sum = 1;
  if (quadrant % 2 === 0) {
    for (let n = 18; n >= 2; n -= 2) sum = 1 - (square / (n * (n + 1))) * sum;
    sum *= r;
  } else {
    for (let n = 17; n >= 1; n -= 2) sum = 1 - (square / (n * (n + 1))) * sum;
  }
  return quadrant < 2 ? sum : -sum;
}
