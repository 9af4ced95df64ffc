// digitflow serve: one more inference worker, in the foreground, anywhere that reaches the store.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { isLoopback } from '../../inference/security/addresses.ts';
import { checkoutFolder, homeFolder } from '../../config/home.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { addVerb, positiveInteger, several } from '../verb.ts';

interface ServeOptions {
  host: string;
  port?: number;
  threads?: number;
  model?: string;
  runtime?: string;
  tls?: boolean;
  cert?: string;
  key?: string;
  token?: string;
  newToken?: boolean;
  publicKey?: string;
  insecureUnsigned?: boolean;
  maxSessions?: number;
  allowOrigin?: string[];
  temporal: boolean;
}

/** The worker has its own, shorter deadline; beyond this it hangs. */
const STOP_GRACE_MS = 8_000;

export function serveVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'serve',
    group: 'Sessions:',
    summary: 'starts one more inference worker here: the page, sessions, HTTP',
    details:
      'Needs the store (S3_ENDPOINT and its keys, or a stack of this home) and, for sessions as workflows, Temporal.\n' +
      'Beyond this machine (--host) clients need a token: it is printed once, only its hash is kept.\n' +
      'Browsers give pages a camera only on localhost or over TLS: --tls makes a certificate, or give your own.',
    examples: [
      ['serve', 'on 127.0.0.1:8080, or the next free port'],
      ['serve --host 0.0.0.0 --tls', 'for phones on this network: certificate and token are made'],
      ['serve --model digits@3 --threads 2', 'stays at version 3'],
    ],
  })
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'exactly this port (default: 8080 or the next free one)', port)
    .option('--threads <count>', 'threads that read frames (default: one a core)', positiveInteger('--threads'))
    .option('--model <name[@version]>', 'follows the champion, or stays at a version (default: digits)')
    .option('--runtime <name>', 'onnxruntime-node, tfjs-node or wasm (default: onnxruntime-node)')
    .option('--tls', 'serves https with a certificate of its own, made where there is none')
    .option('--cert <file>', 'your certificate (PEM), with --key')
    .option('--key <file>', 'its key (PEM)')
    .option('--token <token>', 'the token that clients must send, instead of one that is made')
    .option('--new-token', 'makes a new token; the old one ends with this start')
    .option('--public-key <file>', 'the key that signs models (PEM), where this is not the home that trained them')
    .option('--insecure-unsigned', 'serves models that nobody trusted has signed')
    .option('--max-sessions <count>', 'sessions at a time', positiveInteger('--max-sessions'))
    .option('--allow-origin <origin>', 'another site whose pages may use this worker; may be repeated', several)
    .option('--no-temporal', 'sessions without workflows')
    .action((options: ServeOptions) => serve(context, options));
}

async function serve(context: CliContext, options: ServeOptions): Promise<void> {
  const { environment, terminal, signal, paths } = context;
  const [{ spawnChild, describeExit }, { openLog }, { INFERENCE_WORKER }, { MEMORY_GIVEN_BACK }] = await Promise.all([
    import('../../setup/stack/child.ts'),
    import('../../setup/stack/log-file.ts'),
    import('../stack/inference-worker.ts'),
    import('../stack/memory-given-back.ts'),
  ]);
  const access = await accessOf(context, options);
  const log = openLog(join(paths.logs, 'serve.log'));
  terminal.note('starting an inference worker …');
  const child = await spawnChild(
    'inference worker',
    {
      command: process.execPath,
      args: [INFERENCE_WORKER],
      cwd: checkoutFolder,
      ipc: true,
      env: {
        ...environment,
        ...MEMORY_GIVEN_BACK,
        ...storeKeys(context),
        ...settingsOf(context, options),
        ...access.settings,
      },
    },
    (chunk) => log.write(chunk),
  );
  const stop = (): void => void child.stop(STOP_GRACE_MS);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let isReady = false;
  child.onMessage((message) => {
    const url = (message as { endpoints?: { inference?: string } }).endpoints?.inference;
    if (url === undefined) return;
    isReady = true;
    const { token, fingerprint } = access;
    terminal.document({
      url,
      pid: child.pid,
      ...(token !== undefined && { token }),
      ...(fingerprint !== undefined && { fingerprint }),
    });
    const { colors } = terminal;
    terminal.print(`${colors.green('✔')} ${colors.bold(url)}`);
    if (token !== undefined)
      terminal.print(`  token        ${token}\n               shown this once: only its hash is kept`);
    else if (access.isGuarded) terminal.print('  token        as printed before; --new-token makes another');
    if (fingerprint !== undefined)
      terminal.print(
        `  certificate  SHA-256 ${fingerprint}\n               its own: browsers ask once whether to trust it`,
      );
    terminal.print(`  log          ${log.path}`);
    terminal.print('Ctrl-C stops it.');
  });
  const exit = await child.exited;
  signal.removeEventListener('abort', stop);
  const lastLines = log.tail();
  log.close();
  if (!isReady) await access.takeBack(); // nobody has seen the token, and the next start could not show it
  if (signal.aborted) return;
  throw new CommandFailed(
    `the inference worker ${describeExit(exit)}${isReady ? '' : ' before it was ready'}. Its last lines (${log.path}):` +
      lastLines.map((line) => `\n  ${line}`).join(''),
  );
}

interface Access {
  settings: Record<string, string>;
  /** To be shown: given or made now. */
  token?: string | undefined;
  isGuarded: boolean;
  fingerprint?: string | undefined;
  /** Makes a token that was made now as good as never made. */
  takeBack: () => Promise<void>;
}

/** Certificate and token; made where they are needed and missing. */
async function accessOf({ environment, folder }: CliContext, options: ServeOptions): Promise<Access> {
  const home = homeFolder(environment);
  const settings: Record<string, string> = {};
  let fingerprint: string | undefined;
  if ((options.cert === undefined) !== (options.key === undefined))
    throw new WrongUse('--cert and --key belong together: a certificate and its key');
  if (options.cert !== undefined && options.key !== undefined) {
    settings['DIGITFLOW_INFERENCE_TLS_CERT'] = existing('--cert', resolve(folder, options.cert));
    settings['DIGITFLOW_INFERENCE_TLS_KEY'] = existing('--key', resolve(folder, options.key));
  } else if (options.tls === true) {
    const { ensureTlsCertificate } = await import('../../setup/tls-certificate.ts');
    const certificate = await ensureTlsCertificate(home, [options.host]);
    settings['DIGITFLOW_INFERENCE_TLS_CERT'] = certificate.certificatePath;
    settings['DIGITFLOW_INFERENCE_TLS_KEY'] = certificate.keyPath;
    ({ fingerprint } = certificate);
  }
  const isGuarded = !isLoopback(options.host) || options.token !== undefined || options.newToken === true;
  if (!isGuarded) return { settings, isGuarded, fingerprint, takeBack: async () => undefined };
  if (options.token !== undefined && options.token.length < 16)
    throw new WrongUse('--token: expected at least 16 characters, or anybody may guess it');
  const { ensureToken, forgetToken, replaceToken } = await import('../../setup/token.ts');
  const { token, sha256 } =
    options.token !== undefined
      ? { token: undefined, sha256: createHash('sha256').update(options.token).digest('hex') }
      : options.newToken === true
        ? replaceToken(home)
        : ensureToken(home);
  return {
    settings: { ...settings, DIGITFLOW_INFERENCE_TOKEN_SHA256: sha256 },
    token,
    isGuarded,
    fingerprint,
    takeBack: async () => (token === undefined ? undefined : forgetToken(home, sha256)),
  };
}

function settingsOf({ folder }: CliContext, options: ServeOptions): Record<string, string> {
  const given: Record<string, string | number | undefined> = {
    HOST: options.host,
    PORT: options.port,
    THREADS: options.threads,
    MODEL: options.model,
    RUNTIME: options.runtime,
    PUBLIC_KEY:
      options.publicKey === undefined ? undefined : existing('--public-key', resolve(folder, options.publicKey)),
    INSECURE_UNSIGNED: options.insecureUnsigned === true ? '1' : undefined,
    MAX_SOCKETS: options.maxSessions,
    ALLOWED_ORIGINS: options.allowOrigin?.join(','),
    TEMPORAL: options.temporal ? undefined : '0',
    DRAIN_MS: 5_000,
  };
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [`DIGITFLOW_INFERENCE_${name}`, String(value)]),
  );
}

/** Beside a stack with a store of its own: the keys that only serve, which its supervisor keeps fresh. */
function storeKeys({ environment, paths }: CliContext): Record<string, string> {
  const isOwnStack = (environment['S3_ENDPOINT'] ?? '') === '' && (environment['S3_ACCESS_KEY'] ?? '') === '';
  return isOwnStack && existsSync(paths.servingKeys) ? { S3_KEYS_FILE: paths.servingKeys } : {};
}

function existing(option: string, file: string): string {
  if (!existsSync(file)) throw new WrongUse(`${option}: expected a file, got nothing at ${file}`);
  return file;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new WrongUse(`--port: expected 0 … 65535, got ${JSON.stringify(text)}`);
  return value;
}
