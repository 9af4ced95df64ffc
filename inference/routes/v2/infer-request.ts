// An infer request from its bytes: JSON, JSON followed by raw tensors, or one raw tensor alone.

import { MODEL_INPUT, MODEL_OUTPUT } from '../../../ml/export/names.ts';
import { INPUT_SIZE } from '../../../ml/model.ts';
import { parseJson } from '../body.ts';
import { HttpProblem, quoted, schemaProblem } from '../problem.ts';
import { badTensor, INPUT_VALUES, MOST_INPUTS, readJsonTensor, readRawTensor, textOf } from '../tensors.ts';
import { inferParameters, inferRequest, inputParameters, outputParameters, type InferRequest } from './schemas.ts';

export interface WantedOutput {
  binary: boolean;
  /** How many classes as `"<probability>:<index>:<label>"`; undefined: the probabilities themselves. */
  classification: number | undefined;
}

export interface Sequence {
  id: number | string;
  start: boolean;
  end: boolean;
}

export interface InferCall {
  id: string | undefined;
  count: number;
  values: Float32Array; // [count, 32, 32, 1]
  output: WantedOutput;
  sequence: Sequence | undefined;
  timeoutMs: number | undefined;
}

/**
 * @param headerLength the header Inference-Header-Content-Length: bytes of JSON before the raw tensors; undefined: the
 *   whole body is JSON; 0: the whole body is one raw tensor of batch 1
 * @throws HttpProblem bad-request, bad-tensor
 */
export function readInferCall(body: Buffer, headerLength: string | undefined): InferCall {
  if (headerLength === undefined) return callOf(parseRequest(body), Buffer.alloc(0));
  const jsonBytes = Number(headerLength);
  if (!/^\d{1,10}$/.test(headerLength) || jsonBytes > body.length)
    throw new HttpProblem(
      'bad-request',
      `Inference-Header-Content-Length: expected 0 to ${body.length}, the body's bytes, got ${quoted(headerLength)}`,
    );
  if (jsonBytes === 0) return rawCall(body);
  return callOf(parseRequest(body.subarray(0, jsonBytes)), body.subarray(jsonBytes));
}

function rawCall(body: Buffer): InferCall {
  return {
    id: undefined,
    count: 1,
    values: readRawTensor(body, INPUT_VALUES),
    output: { binary: true, classification: undefined },
    sequence: undefined,
    timeoutMs: undefined,
  };
}

function parseRequest(bytes: Uint8Array): InferRequest {
  const parsed = inferRequest.safeParse(parseJson(bytes));
  if (!parsed.success) throw schemaProblem(parsed.error);
  return parsed.data;
}

function callOf(request: InferRequest, raw: Buffer): InferCall {
  const parameters = checked(inferParameters, request.parameters, 'parameters');
  const { count, values } = readInput(request.inputs, raw);
  return {
    id: request.id ?? undefined,
    count,
    values,
    output: wantedOutput(request.outputs, parameters.binary_data_output ?? false),
    sequence: sequenceOf(parameters, count),
    timeoutMs: parameters.timeout === undefined || parameters.timeout === 0 ? undefined : parameters.timeout / 1_000,
  };
}

function readInput(inputs: InferRequest['inputs'], raw: Buffer): { count: number; values: Float32Array } {
  const [input, second] = inputs;
  const stranger = [input, second].find((one) => one !== undefined && one.name !== MODEL_INPUT);
  if (stranger !== undefined)
    throw badTensor(`inputs: expected ${quoted(MODEL_INPUT)} only, got ${quoted(stranger.name)}`);
  if (input === undefined || second !== undefined) throw badTensor(`inputs: expected ${quoted(MODEL_INPUT)} once`);
  if (input.datatype !== 'FP32') throw badTensor(`datatype: expected "FP32", got ${quoted(input.datatype)}`);
  const [count, ...rest] = input.shape;
  if (count === undefined || textOf(rest) !== textOf([INPUT_SIZE, INPUT_SIZE, 1]))
    throw badTensor(`shape: expected [batch, ${INPUT_SIZE}, ${INPUT_SIZE}, 1], got ${textOf(input.shape)}`);
  if (count < 1 || count > MOST_INPUTS) throw badTensor(`shape: expected a batch of 1 to ${MOST_INPUTS}, got ${count}`);

  const { binary_data_size: rawBytes } = checked(inputParameters, input.parameters, 'inputs.0.parameters');
  if ((rawBytes === undefined) === (input.data === undefined))
    throw badTensor('expected either data or parameters.binary_data_size');
  if ((rawBytes ?? 0) !== raw.length)
    throw badTensor(`expected ${rawBytes ?? 0} bytes after the JSON as binary_data_size says, got ${raw.length}`);
  if (rawBytes !== undefined) return { count, values: readRawTensor(raw, count * INPUT_VALUES) };
  const values = new Float32Array(count * INPUT_VALUES);
  readJsonTensor(input.data, input.shape, values);
  return { count, values };
}

/** The sync client names no output and sets binary_data_output; a named output says for itself, or falls back to that. */
function wantedOutput(outputs: InferRequest['outputs'], isBinary: boolean): WantedOutput {
  const [output, second] = outputs ?? [];
  if (output === undefined) return { binary: isBinary, classification: undefined };
  const stranger = [output, second].find((one) => one !== undefined && one.name !== MODEL_OUTPUT);
  if (stranger !== undefined)
    throw badTensor(`outputs: expected ${quoted(MODEL_OUTPUT)} only, got ${quoted(stranger.name)}`);
  if (second !== undefined) throw badTensor(`outputs: expected ${quoted(MODEL_OUTPUT)} once`);
  if (output.parameters != null && 'shared_memory_region' in output.parameters)
    throw badTensor('outputs: expected no shared memory, got a region of it');
  const parameters = checked(outputParameters, output.parameters, 'outputs.0.parameters');
  return {
    binary: parameters.binary_data ?? isBinary,
    classification: parameters.classification === 0 ? undefined : parameters.classification,
  };
}

function sequenceOf(
  { sequence_id: id, sequence_start: start = false, sequence_end: end = false }: SequenceParameters,
  count: number,
): Sequence | undefined {
  if (id === undefined || id === 0 || id === '') return undefined;
  if (count !== 1) throw badTensor(`a sequence: expected a batch of 1, got ${count}`);
  return { id, start, end };
}

interface SequenceParameters {
  sequence_id?: number | string | undefined;
  sequence_start?: boolean | undefined;
  sequence_end?: boolean | undefined;
}

interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: Parameters<typeof schemaProblem>[0] };
}

function checked<T>(schema: Schema<T>, value: unknown, at: string): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw new HttpProblem('bad-request', `${at}.${schemaProblem(parsed.error).message}`);
}
