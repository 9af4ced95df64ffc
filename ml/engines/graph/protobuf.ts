// The wire format of protocol buffers, as much of it as a SavedModel needs. An own writer rather than the messages inside
// tfjs-node: those are a private file without types, and this one fixes the order of every field, so equal graphs are
// equal bytes. Source: protobuf.dev, "Encoding".

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FLOAT = 5;

const utf8 = new TextEncoder();

/** One field after another. */
export function concatenate(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** An integer of any sign; negative ones take ten bytes, as int64 does on the wire. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const tag = (field: number, wireType: number): Uint8Array => varint((field << 3) | wireType);

/** A field of type int32, int64, bool or enum. */
export const integerField = (field: number, value: number): Uint8Array =>
  concatenate([tag(field, WIRE_VARINT), varint(value)]);

/** A field of type float. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concatenate([tag(field, WIRE_FLOAT), bytes]);
}

/** A field of type string, bytes or message. */
export function bytesField(field: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? utf8.encode(content) : content;
  return concatenate([tag(field, WIRE_BYTES), varint(bytes.length), bytes]);
}

/** A repeated integer in its packed form. */
export const packedField = (field: number, values: readonly number[]): Uint8Array =>
  bytesField(field, concatenate(values.map(varint)));

/** A map from strings to messages, keys in code unit order, since protobuf leaves the order open. */
export function mapField<T>(
  field: number,
  entries: Iterable<[string, T]>,
  encode: (value: T) => Uint8Array,
): Uint8Array {
  const sorted = [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return concatenate(
    sorted.map(([key, value]) => bytesField(field, concatenate([bytesField(1, key), bytesField(2, encode(value))]))),
  );
}
