// Instances of a V1 request to probabilities: tensors go to the network as they are, pictures as one digit each, the whole
// picture preprocessed as the reference script does it.

import type { ReaderPool, ServedModel } from '../../serving.ts';
import { checkPicture } from '../picture.ts';
import { HttpProblem } from '../problem.ts';
import { badTensor, INPUT_VALUES, readJsonTensor } from '../tensors.ts';
import { MOST_PICTURES, type Instance } from './schemas.ts';

const SHAPE = [32, 32, 1];

type Item = { kind: 'tensor'; values: Float32Array } | { kind: 'picture'; bytes: Buffer };

/** @throws HttpProblem bad-tensor, bad-image, too-large, unsupported; nothing has been computed then */
export function readInstances(instances: readonly Instance[]): Item[] {
  const items = instances.map(readInstance);
  const pictures = items.filter(({ kind }) => kind === 'picture').length;
  if (pictures > MOST_PICTURES)
    throw new HttpProblem('bad-request', `expected at most ${MOST_PICTURES} pictures a request, got ${pictures}`);
  return items;
}

function readInstance(instance: Instance): Item {
  const value = 'image' in instance ? instance.image : instance;
  if (!Array.isArray(value)) {
    const bytes = Buffer.from(value.b64, 'base64'); // URL-safe letters and missing padding are fine, too
    checkPicture(bytes);
    return { kind: 'picture', bytes };
  }
  const values = new Float32Array(INPUT_VALUES);
  const isFlatRow = Array.isArray(value[0]) && !Array.isArray(value[0][0]);
  if (!Array.isArray(value[0])) throw badTensor('expected a tensor [32, 32, 1] or [32, 32]');
  readJsonTensor(value, isFlatRow ? SHAPE.slice(0, 2) : SHAPE, values);
  return { kind: 'tensor', values };
}

/**
 * One row of probabilities an item, in their order, all by this version.
 * @throws what the pool throws
 */
export async function predictItems(
  pool: ReaderPool,
  { version, classes }: ServedModel,
  items: readonly Item[],
): Promise<number[][]> {
  const rows: number[][] = [];
  const tensors = items.flatMap((item) => (item.kind === 'tensor' ? [item.values] : []));
  let inferred = new Float32Array();
  if (tensors.length > 0) {
    const values = new Float32Array(tensors.length * INPUT_VALUES);
    tensors.forEach((tensor, index) => values.set(tensor, index * INPUT_VALUES));
    inferred = new Float32Array((await pool.infer(values, tensors.length, version)).probabilities);
  }
  let row = 0;
  for (const item of items) {
    if (item.kind === 'tensor') rows.push(Array.from(inferred.subarray(row++ * classes.length, row * classes.length)));
    // One after another: a request with many pictures must not fill the pool.
    else rows.push(await predictPicture(pool, item.bytes, version));
  }
  return rows;
}

async function predictPicture(pool: ReaderPool, bytes: Buffer, version: number): Promise<number[]> {
  const { reading } = await pool.readFrame({ kind: 'picture', bytes }, { mode: 'whole', version });
  if (reading.whole === undefined) throw new TypeError('expected the probabilities of the whole picture, got none');
  return reading.whole;
}
