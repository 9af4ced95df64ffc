import { canonicalBytes, sha256 } from '../../artifacts/canonical.ts';
import { keys } from '../../artifacts/keys.ts';
import type { ModelCandidate } from '../../artifacts/registry.ts';
import { createSigningKey, modelStatement, signStatement } from '../../artifacts/signature.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';

export const testSigningKey = createSigningKey();

/** A model whose content is told by one word: equal words, equal version digests. Its blobs are not stored. */
export function modelCandidate(content: string, details: { name?: string; workflowId?: string } = {}): ModelCandidate {
  const { name = 'digits', workflowId = 'a workflow' } = details;
  const golden = refOf(`golden ${content}`);
  const model = {
    classes: ['0', '1', 'none'],
    preprocessing: 'digit' as const,
    threshold: 0.5,
    inputSignature: {
      name: 'image',
      shape: [null, 32, 32, 1],
      type: 'float32' as const,
      range: [0, 1] as [number, number],
    },
    files: [{ path: 'model.onnx', ...refOf(content) }],
  };
  return {
    ...model,
    name,
    golden,
    metrics: { accuracy: 0.99 },
    run: { workflowId, firstExecutionRunId: 'first' },
    code: {},
    signature: signStatement(modelStatement(name, model, golden.sha256), testSigningKey),
  };
}

function refOf(content: string): ArtifactRef {
  const bytes = canonicalBytes(content);
  const digest = sha256(bytes);
  return { key: keys.blob(digest), sha256: digest, sizeBytes: bytes.byteLength };
}
