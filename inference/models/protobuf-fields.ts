// Reads the wire format of protocol buffers strictly: what two parsers could understand differently is refused.
// Source: protobuf.dev, "Encoding".

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Thrown when bytes are no well-formed message. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

export interface Field {
  number: number;
  /** Of fields with a length: strings, bytes, messages, packed numbers. Undefined for single numbers. */
  content: Uint8Array | undefined;
}

/** The fields of one message in their order, repeated ones each time. @throws MalformedMessage */
export function* fieldsOf(message: Uint8Array): Generator<Field, void> {
  let at = 0;
  const varint = (mostBytes: number): number => {
    let value = 0;
    for (let index = 0; index < mostBytes; index++) {
      const byte = message[at++];
      if (byte === undefined) throw new MalformedMessage('expected the rest of a number, got the end');
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw new MalformedMessage(`expected a number of at most ${mostBytes} bytes, got a longer one`);
  };
  const skip = (sizeBytes: number): Uint8Array => {
    if (sizeBytes > message.length - at)
      throw new MalformedMessage(`expected ${sizeBytes} bytes, got ${message.length - at} before the end`);
    at += sizeBytes;
    return message.subarray(at - sizeBytes, at);
  };
  while (at < message.length) {
    const tag = varint(5);
    const number = Math.floor(tag / 8);
    if (tag >= 2 ** 32 || number === 0) throw new MalformedMessage(`expected a field's tag, got ${tag}`);
    let content: Uint8Array | undefined;
    switch (tag % 8) {
      case VARINT:
        varint(10);
        break;
      case FIXED64:
        skip(8);
        break;
      case BYTES:
        content = skip(varint(5));
        break;
      case FIXED32:
        skip(4);
        break;
      default:
        throw new MalformedMessage(`expected wire type 0, 1, 2 or 5 of field ${number}, got ${tag % 8}`);
    }
    yield { number, content };
  }
}
