// Who may import whom: the import table of docs/architecture.md as rules. "values": type imports are allowed.

const own = [
  'activities',
  'artifacts',
  'bench',
  'cli',
  'config',
  'inference',
  'ml',
  'setup',
  'web',
  'workers',
  'workflows',
];
const only = (from, allowed, { except = [], places = [], comment }) => ({
  name: `${from}-imports`,
  severity: 'error',
  comment,
  from: { path: `^${from}/`, pathNot: except },
  to: {
    path: own.filter((folder) => !allowed.includes(folder) && folder !== from).map((folder) => `^${folder}/`),
    pathNot: places,
    dependencyTypesNot: ['type-only'],
  },
});
const onlyIn = (name, vendor, places) => ({
  name,
  severity: 'error',
  comment: `${vendor} is known in one place only`,
  from: { path: own.map((folder) => `^${folder}/`), pathNot: [...places, '^bench/'] },
  to: { path: `node_modules/${vendor}/`, dependencyTypesNot: ['type-only'] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('config', [], { comment: 'config names; it uses nothing of the house' }),
    only('ml', [], { comment: 'ml computes; it moves nothing' }),
    only('artifacts', [], { comment: 'artifacts remember; they compute nothing' }),
    only('inference', ['ml', 'artifacts'], { comment: 'inference answers, free of Temporal' }),
    only('activities', ['ml', 'artifacts'], {
      comment: 'activities move; they read no configuration and run no workflow',
    }),
    only('workflows', [], { comment: 'workflows decide; only types come in' }),
    only('cli', ['config', 'workflows', 'artifacts', 'setup', 'inference'], {
      // A dry run of ingest is ingest; what is in a dataset is read by those who wrote it; a comparison is counted here.
      places: [
        '^activities/ingest\\.ts$',
        '^ml/(dataset|image|report)/',
        '^ml/(comparison|model)\\.ts$',
        '^ml/plots/(outline|text-width)',
      ],
      comment: 'the command line asks',
    }),
    only('setup', ['config', 'artifacts'], { comment: 'setup installs' }),
    only('web', ['ml'], { comment: 'the web shows' }),
    {
      name: 'web-runs-in-browsers',
      severity: 'error',
      comment: 'of ml only what is browser-safe; of others only their types',
      from: { path: '^web/' },
      to: {
        path: '^ml/',
        pathNot: '^ml/(image|reader|decision|engines/wasm|base64|export/golden)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'web-without-node',
      severity: 'error',
      from: { path: '^web/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'ml-is-pure',
      severity: 'error',
      comment: 'no node modules in ml but node:zlib in codecs; engines and export have vendors of their own',
      from: { path: '^ml/', pathNot: ['^ml/codecs/', '^ml/engines/'] },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'browser-safe',
      severity: 'error',
      comment: 'ml/image and ml/reader run in browsers: nothing but ml itself',
      from: { path: '^ml/(image|reader)/' },
      to: { pathNot: '^ml/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-sandbox',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: 'node_modules/',
        pathNot: 'node_modules/@temporalio/(workflow|common)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'cli-without-engines',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^ml/engines/', dependencyTypesNot: ['type-only'] },
    },
    onlyIn('tensorflow-in-engines', '@tensorflow/.*', ['^ml/engines/', '^setup/components/']),
    onlyIn('opentelemetry-in-tracing', '@opentelemetry/.*', ['^setup/tracing/']),
    onlyIn('minio-in-its-adapter', 'minio', ['^artifacts/minio-store', '^setup/']),
    onlyIn('onnxruntime-in-runtimes', 'onnxruntime-node', ['^inference/runtimes/']),
    onlyIn('onnx-proto-in-export', 'onnx-proto', ['^ml/export/']),
    onlyIn('vega-in-plots', 'vega(-lite)?', ['^ml/plots']),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
