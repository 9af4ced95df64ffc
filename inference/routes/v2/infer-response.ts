// Probabilities as an infer response: numbers or classes, in JSON or raw behind it.

import { MODEL_OUTPUT } from '../../../ml/export/names.ts';
import { floatBytes, joined } from '../../../ml/export/bytes.ts';
import type { ModelIdentity } from '../../serving.ts';
import type { WantedOutput } from './infer-request.ts';
import type { InferResponse } from './schemas.ts';

export interface Inferred {
  id: string | undefined;
  model: ModelIdentity;
  classes: readonly string[];
  count: number;
  probabilities: Float32Array; // [count, classes]
}

export interface EncodedResponse {
  bytes: Uint8Array;
  /** Bytes of JSON before raw tensors; undefined when all of it is JSON. */
  headerLength: number | undefined;
}

export function encodeInferResponse(inferred: Inferred, { binary, classification }: WantedOutput): EncodedResponse {
  const { count, classes } = inferred;
  if (classification === undefined) {
    const shape = [count, classes.length];
    return encode(inferred, { datatype: 'FP32', shape, values: inferred.probabilities, binary });
  }
  const listed = Math.min(classification, classes.length);
  return encode(inferred, { datatype: 'BYTES', shape: [count, listed], values: bestClasses(inferred, listed), binary });
}

interface Output {
  datatype: 'FP32' | 'BYTES';
  shape: number[];
  values: Float32Array | string[];
  binary: boolean;
}

function encode({ id, model }: Inferred, { datatype, shape, values, binary }: Output): EncodedResponse {
  const raw = binary ? (values instanceof Float32Array ? floatBytes(values) : textBytes(values)) : undefined;
  const response: InferResponse = {
    model_name: model.name,
    model_version: String(model.version),
    ...(id !== undefined && { id }),
    outputs: [
      {
        name: MODEL_OUTPUT,
        datatype,
        shape,
        ...(raw === undefined
          ? { data: Array.from<number | string>(values) }
          : { parameters: { binary_data_size: raw.length } }),
      },
    ],
  };
  const json = Buffer.from(JSON.stringify(response));
  if (raw === undefined) return { bytes: json, headerLength: undefined };
  return { bytes: joined([json, raw]), headerLength: json.length };
}

/** `"<probability>:<index>:<label>"`, the likeliest first, six decimals as Triton writes them. */
function bestClasses({ count, classes, probabilities }: Inferred, listed: number): string[] {
  const texts: string[] = [];
  for (let row = 0; row < count; row++) {
    const of = (index: number) => probabilities[row * classes.length + index]!;
    const order = classes.map((_, index) => index).sort((a, b) => of(b) - of(a) || a - b);
    for (const index of order.slice(0, listed)) texts.push(`${of(index).toFixed(6)}:${index}:${classes[index]}`);
  }
  return texts;
}

/** Each text behind its length as u32 little-endian. */
function textBytes(texts: readonly string[]): Uint8Array {
  return joined(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}
