// What TensorFlow Serving says of a model's versions, with KServe's `ready` beside it.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MODEL_INPUT, MODEL_OUTPUT } from '../../../ml/export/names.ts';
import { INPUT_SIZE } from '../../../ml/model.ts';
import type { ModelState, ServedModel } from '../../serving.ts';
import type { ProtocolDependencies } from '../scope.ts';
import { errorBody } from '../v2/schemas.ts';
import { findServable, servableNotFound, versionOf, type ServablePath } from './find-model.ts';
import { modelMetadata, modelStatus } from './schemas.ts';

const tags = ['TensorFlow Serving, KServe V1'];
const PATHS = [
  ['/models/:model', z.object({ model: z.string() })],
  ['/models/:model/versions/:version', z.object({ model: z.string(), version: z.string() })],
  ['/models/:model/labels/:label', z.object({ model: z.string(), label: z.string() })],
] as const;

export function registerStatus(app: FastifyInstance, dependencies: ProtocolDependencies): void {
  const { manager } = dependencies;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const models = z.object({ models: z.array(z.string()) });
  routes.get('/models', { schema: { tags, summary: 'Models', response: { 200: models } } }, () => ({
    models: [manager.modelName],
  }));
  for (const [path, params] of PATHS) {
    routes.get(
      path,
      { schema: { tags, summary: 'States of versions', params, response: { 200: modelStatus, 404: errorBody } } },
      (request) => statusOf(dependencies, request.params),
    );
    routes.get(
      `${path}/metadata`,
      { schema: { tags, summary: 'Signatures', params, response: { 200: modelMetadata, 404: errorBody } } },
      (request) => metadataOf(findServable(manager, request.params)),
    );
  }
}

const STATE = { READY: 'AVAILABLE', LOADING: 'LOADING', UNAVAILABLE: 'END' } as const;

function statusOf({ manager, ...rest }: ProtocolDependencies, path: ServablePath): z.infer<typeof modelStatus> {
  if (path.model !== manager.modelName) throw servableNotFound(path);
  const isOne = path.version !== undefined || path.label !== undefined;
  const wanted = versionOf(manager, path);
  const states = manager.states().filter(({ version }) => !isOne || String(version) === wanted);
  if (isOne && states.length === 0) throw servableNotFound(path);
  return {
    model_version_status: states.map(versionStatus),
    name: manager.modelName,
    ready: rest.isReady() && (isOne ? states[0]!.state === 'READY' : manager.current() !== undefined),
  };
}

function versionStatus({ version, state, reason }: ModelState) {
  const status =
    state === 'UNAVAILABLE'
      ? { error_code: 'FAILED_PRECONDITION', error_message: reason }
      : { error_code: 'OK', error_message: '' };
  return { version: String(version), state: STATE[state], status };
}

function metadataOf({ name, version, classes }: ServedModel): z.infer<typeof modelMetadata> {
  const tensor = (tensorName: string, sizes: number[]) => ({
    dtype: 'DT_FLOAT',
    tensor_shape: { dim: sizes.map((size) => ({ size: String(size), name: '' })), unknown_rank: false },
    name: `${tensorName}:0`,
  });
  return {
    model_spec: { name, signature_name: '', version: String(version) },
    metadata: {
      signature_def: {
        signature_def: {
          serving_default: {
            inputs: { [MODEL_INPUT]: tensor(MODEL_INPUT, [-1, INPUT_SIZE, INPUT_SIZE, 1]) },
            outputs: { [MODEL_OUTPUT]: tensor(MODEL_OUTPUT, [-1, classes.length]) },
            method_name: 'tensorflow/serving/predict',
          },
        },
      },
    },
  };
}
