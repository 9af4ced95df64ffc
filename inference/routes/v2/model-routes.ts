// What a model of the Open Inference Protocol says of itself: metadata, readiness, configuration, statistics.

import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MODEL_INPUT, MODEL_OUTPUT } from '../../../ml/export/names.ts';
import { INPUT_SIZE } from '../../../ml/model.ts';
import type { ModelManager, ServedModel } from '../../serving.ts';
import { HttpProblem, quoted } from '../problem.ts';
import { sendProblem } from '../scope.ts';
import { checkModelName, loadedVersions, servedModel, stateOf } from '../served-models.ts';
import { MOST_INPUTS } from '../tensors.ts';
import type { InferDependencies } from './infer.ts';
import { errorBody, modelConfig, modelMetadata, modelStatistics } from './schemas.ts';
import { IDLE_MS } from './sequences.ts';

const PLATFORM = 'onnxruntime_onnx';
const tags = ['Open Inference Protocol V2'];
const anyVersion = z.object({ model: z.string() });
const oneVersion = anyVersion.extend({ version: z.string() });

interface VersionPath {
  model: string;
  version?: string | undefined;
}

/** Every route stands twice: for the current version, and for a named one. */
export function registerModelRoutes(app: FastifyInstance, dependencies: InferDependencies): void {
  const { manager, pool, statistics } = dependencies;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    '/models',
    { schema: { tags, summary: 'Models', response: { 200: z.object({ models: z.array(z.string()) }) } } },
    () => ({
      models: [manager.modelName],
    }),
  );
  const statsSchema = {
    tags,
    summary: 'Counts and times since this worker started',
    response: { 200: modelStatistics, 404: errorBody },
  };
  const statsOf = ({ model, version }: VersionPath) => {
    checkModelName(manager, model);
    const versions = version === undefined ? loadedVersions(manager) : [servedModel(manager, model, version).version];
    return { model_stats: statistics.of(model, versions) };
  };
  routes.get('/models/stats', { schema: statsSchema }, () => statsOf({ model: manager.modelName }));

  for (const [path, params] of [
    ['/models/:model', anyVersion],
    ['/models/:model/versions/:version', oneVersion],
  ] as const) {
    const pathOf = (found: unknown) => found as VersionPath;
    routes.get(
      path,
      {
        schema: {
          tags,
          summary: 'Inputs, outputs, versions',
          params,
          response: { 200: modelMetadata, 404: errorBody },
        },
      },
      ({ params }) => {
        const { model, version } = pathOf(params);
        return metadataOf(manager, servedModel(manager, model, version));
      },
    );
    const ready = z.object({ name: z.string(), ready: z.boolean() });
    routes.get(
      `${path}/ready`,
      {
        schema: {
          tags,
          summary: 'Whether it answers',
          params,
          response: { 200: ready, 404: errorBody, 503: errorBody },
        },
      },
      (request, reply: FastifyReply) => {
        const { model, version } = pathOf(request.params);
        const problem = notReady(dependencies, model, version);
        return problem === undefined ? { name: model, ready: true } : sendProblem(problem, request, reply);
      },
    );
    routes.get(
      `${path}/config`,
      { schema: { tags, summary: 'Configuration', params, response: { 200: modelConfig, 404: errorBody } } },
      ({ params }) => {
        const { model, version } = pathOf(params);
        return configOf(servedModel(manager, model, version), pool.threads);
      },
    );
    routes.get(`${path}/stats`, { schema: { ...statsSchema, params } }, ({ params }) => statsOf(pathOf(params)));
  }
}

function notReady(dependencies: InferDependencies, name: string, version?: string): HttpProblem | undefined {
  const { manager } = dependencies;
  checkModelName(manager, name);
  const isLoaded =
    version === undefined
      ? manager.current() !== undefined
      : manager.loaded().some((model) => String(model.version) === version);
  if (isLoaded && dependencies.isReady()) return undefined;
  if (!isLoaded && version !== undefined && stateOf(manager, version) === undefined)
    return new HttpProblem('unknown-model', `model ${quoted(name)}: expected a known version, got ${quoted(version)}`);
  return new HttpProblem('no-model', `model ${quoted(name)} is not ready`);
}

function metadataOf(manager: ModelManager, { name, classes }: ServedModel): z.infer<typeof modelMetadata> {
  return {
    name,
    versions: loadedVersions(manager).map(String),
    platform: PLATFORM,
    inputs: [{ name: MODEL_INPUT, datatype: 'FP32', shape: [-1, INPUT_SIZE, INPUT_SIZE, 1] }],
    outputs: [{ name: MODEL_OUTPUT, datatype: 'FP32', shape: [-1, classes.length] }],
  };
}

function configOf(
  { name, version, digest, classes, threshold, preprocessing }: ServedModel,
  threads: number,
): z.infer<typeof modelConfig> {
  const text = (value: string) => ({ string_value: value });
  return {
    name,
    platform: PLATFORM,
    backend: 'onnxruntime',
    max_batch_size: MOST_INPUTS,
    input: [{ name: MODEL_INPUT, data_type: 'TYPE_FP32', dims: [INPUT_SIZE, INPUT_SIZE, 1] }],
    output: [{ name: MODEL_OUTPUT, data_type: 'TYPE_FP32', dims: [classes.length] }],
    instance_group: [{ name: `${name}_cpu`, kind: 'KIND_CPU', count: threads }],
    sequence_batching: { max_sequence_idle_microseconds: IDLE_MS * 1_000 },
    parameters: {
      version: text(String(version)),
      digest: text(digest),
      labels: text(JSON.stringify(classes)),
      threshold: text(String(threshold)),
      preprocessing: text(preprocessing),
    },
  };
}
