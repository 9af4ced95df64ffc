// A run configuration as it may be shown to strangers: of a source only its kind, unless it is the built-in data. Paths,
// addresses and buckets are nobody's business.

type Json = Record<string, unknown>;

export function publicConfiguration(configuration: Json): Json {
  const ingest = configuration['ingest'];
  if (!isObject(ingest)) return configuration;
  return { ...configuration, ingest: { ...ingest, source: publicSource(ingest['source']) } };
}

function publicSource(source: unknown): unknown {
  if (!isObject(source)) return undefined;
  const { kind, sources } = source;
  if (kind === 'builtin') return source;
  if (!Array.isArray(sources)) return { kind };
  return {
    kind,
    sources: sources.filter(isObject).map((each) => ({ ...each, source: publicSource(each['source']) })),
  };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
