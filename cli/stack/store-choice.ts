import type { StoreChoice } from '../../setup/stack.ts';
import { WrongUse } from '../errors.ts';

/** The parser of `--store`. @throws WrongUse */
export function storeChoice(text: string): StoreChoice {
  if (text !== 'minio' && text !== 'file')
    throw new WrongUse(`--store: expected minio or file, got ${JSON.stringify(text)}`);
  return text;
}
