import type { SourceConfiguration } from '../../config/schema.ts';

/** Where images come from, in a few words; of what a program of another version wrote only the kind. */
export function sourceText(source: SourceConfiguration | undefined): string {
  switch (source?.kind) {
    case undefined:
      return '?';
    case 'builtin':
      return 'built-in digits';
    case 'folder':
      return source.path;
    case 'archive':
      return source.name ?? source.path ?? 'archive';
    case 'idx':
      return 'name' in source.images ? source.images.name : source.images.path;
    case 'url':
      return source.url;
    case 's3':
      return `s3://${source.bucket}/${source.prefix}`;
    case 'feedback':
      return 'corrections';
    case 'mixed':
      return source.sources.map(({ name }) => name).join(' + ');
    default:
      return String((source as { kind: unknown }).kind);
  }
}

/** True where equal words may bring other images another day: the worker reads them anew for each run. */
export function isLive(source: SourceConfiguration | undefined): boolean {
  switch (source?.kind) {
    case 'mixed':
      return source.sources.some(({ source: each }) => isLive(each));
    case 'url':
      return source.sha256 === undefined;
    case 'archive':
      return source.parts === undefined;
    case 'idx':
      return 'path' in source.images || 'path' in source.labels;
    case 'folder':
    case 's3':
    case 'feedback':
      return true;
    case 'builtin':
    case undefined:
      return false;
  }
}
