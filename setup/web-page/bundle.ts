// One run of esbuild over web/: what comes out, what of it a first view needs, and which sources it was made of.

import { join, relative, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';

export interface BundledFile {
  /** Relative to the page's folder, with `/`. */
  path: string;
  bytes: Uint8Array;
  firstView: boolean;
}

export interface Bundle {
  files: BundledFile[];
  script: string;
  styles: string[];
  fonts: string[];
  icon: string;
  /** Sources, relative to the checkout. */
  inputs: string[];
}

const ENTRY = 'web/main.tsx';
const ICON = 'web/assets/icon.svg';

/** @throws BuildFailure when a source does not compile */
export async function bundle(root: string): Promise<Bundle> {
  const outdir = join(root, 'out'); // nothing is written there: outputs only need names
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [ENTRY, ICON],
    outdir,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: {}, // web/tsconfig.json is for the type checker
    legalComments: 'none',
    charset: 'utf8',
    loader: { '.woff2': 'file', '.svg': 'copy', '.wasm': 'file' },
    // TensorFlow.js asks for node modules that only its node platform would need.
    external: ['fs', 'path', 'crypto', 'worker_threads', 'perf_hooks', 'os'],
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    logLevel: 'silent',
  });
  const parts = firstViewOf(metafile);
  const pathOf = (output: string): string => relative(outdir, resolve(root, output)).replaceAll('\\', '/');
  const seen = new Set([...parts.scripts, ...parts.styles, ...parts.fonts, parts.icon].map(pathOf));
  return {
    files: outputFiles.map(({ path, contents }) => {
      const name = pathOf(path);
      return { path: name, bytes: contents, firstView: seen.has(name) };
    }),
    script: pathOf(parts.scripts[0]!),
    styles: parts.styles.map(pathOf),
    fonts: parts.fonts.map(pathOf),
    icon: pathOf(parts.icon),
    // Modules that a package switches off for browsers are no files.
    inputs: Object.keys(metafile.inputs).filter((path) => !path.startsWith('(disabled):')),
  };
}

/** Outputs, as the metafile names them. The entry stands first among the scripts. */
interface FirstView {
  scripts: string[];
  styles: string[];
  fonts: string[];
  icon: string;
}

/** What is reached from the entry without a dynamic import. */
function firstViewOf({ outputs }: Metafile): FirstView {
  const entryOf = (source: string): string =>
    Object.entries(outputs).find(([, output]) => output.entryPoint === source)?.[0] ?? '';
  const scripts = [entryOf(ENTRY)];
  for (const script of scripts)
    for (const { path, kind } of outputs[script]!.imports)
      if (kind === 'import-statement' && !scripts.includes(path)) scripts.push(path);
  const styles = [outputs[scripts[0]!]!.cssBundle].filter((path) => path !== undefined);
  const fonts = styles.flatMap((style) =>
    outputs[style]!.imports.filter(({ path }) => path.endsWith('.woff2')).map(({ path }) => path),
  );
  const icon = Object.keys(outputs).find((path) => /icon-[^/]*\.svg$/.test(path));
  return { scripts, styles, fonts, icon: icon ?? '' };
}
