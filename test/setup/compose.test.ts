// The compose file, the Dockerfiles and what `compose init` writes, read as they stand: no Docker daemon is asked.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { MEMORY_GIVEN_BACK } from '../../cli/stack/memory-given-back.ts';
import { resolveConnections } from '../../config/connection.ts';
import { checkoutFolder } from '../../config/home.ts';
import { inferenceSettings } from '../../config/inference.ts';
import { createComposeSettings, writeComposeSettings } from '../../setup/compose.ts';
import { BUCKET, REGION } from '../../setup/stack/object-store.ts';
import { tracesUrl } from '../../setup/tracing/tracing.ts';
import { QUEUES } from '../../workflows/contract.ts';
import { workerSettings } from '../../workers/settings.ts';
import { runWords } from '../cli/cli-process.ts';

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  user: string;
  read_only: boolean;
  restart: string;
  cap_drop: string[];
  security_opt: string[];
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  tmpfs?: string[];
  networks?: string[];
  profiles?: string[];
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  depends_on?: Record<string, { condition: string }>;
  deploy: { resources: { limits: { cpus: string; memory: string; pids: number } } };
}
interface ComposeFile {
  services: Record<string, Service>;
  volumes: Record<string, object>;
  networks: Record<string, { internal?: boolean }>;
}

/** Where our programs read the environment. */
const READERS = [
  'config/connection',
  'config/temporal',
  'config/home',
  'workers/settings',
  'workers/store-keys',
  'setup/tracing/tracing',
].map((name) => `${name}.ts`);

/** Read by its own libraries. */
const OF_OPENTELEMETRY = new Set([
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
]);

/** Handed on from .env or the shell where somebody sets them there; what they mean while nobody does. */
const PASSED = /^(OTEL_[A-Z_]+|DIGITFLOW_WEBHOOK_[A-Z]+):-/;

/** What a worker takes to cancel its steps when their time is over (docs/operations.md). */
const TO_CANCEL_SECONDS = 3;

const read = (path: string): string => readFileSync(join(checkoutFolder, path), 'utf8');
const text = read('docker-compose.yml');
const { variables } = createComposeSettings();
const file = parse(text, { merge: true }) as ComposeFile;
/** As docker compose would read it with what `compose init` writes. */
const filled = parse(filledIn(text), { merge: true }) as ComposeFile;
const services = Object.entries(filled.services);
const workers = services.filter(([, { image }]) => image === 'digitflow-worker');

const folder = mkdtempSync(join(tmpdir(), 'digitflow-compose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function filledIn(source: string): string {
  return source.replaceAll(/\$\{(\w+)(?::\?[^}]*|:-([^}]*))?\}/g, (_whole, name: string, otherwise?: string) => {
    const value = (variables as Record<string, string>)[name] ?? otherwise;
    if (value === undefined) throw new Error(`expected \`compose init\` to define ${name}`);
    return value;
  });
}

describe('docker-compose.yml', () => {
  test('asks for variables that `compose init` writes, all of them, and has no value of its own for any', () => {
    const asked = [...text.matchAll(/\$\{([^}]*)\}/g)]
      .map(([, inside]) => inside!)
      .filter((inside) => !PASSED.test(inside));
    expect(new Set(asked.map((inside) => inside.split(':')[0]))).toEqual(new Set(Object.keys(variables)));
    for (const inside of asked) expect(inside).toMatch(/^[A-Z][A-Z0-9_]*(:\?run npx digitflow compose init)?$/);
    for (const name of Object.keys(variables)) expect(text).toContain(`\${${name}:?`);
  });

  test('holds no password: secrets come from variables alone', () => {
    const secrets = Object.values(file.services).flatMap(({ environment = {} }) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|PWD|SECRET|ROOT_USER|ACCESS_KEY|TOKEN/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(6);
    for (const [name, value] of secrets) expect(`${name} ${value}`).toMatch(/^\w+ \$\{DIGITFLOW_\w+:(\?[^}]*|-)\}$/);
  });

  test.each(services)('%s is an image pinned by digest, or one that is built here', (_name, { image, build }) => {
    if (build === undefined) expect(image).toMatch(/^[a-z0-9/-]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
    else expect(read(build.dockerfile)).toContain('FROM ');
  });

  test.each(services)('%s runs without root, capabilities and a file system that it can write', (_name, service) => {
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(JSON.stringify(service)).not.toMatch(/privileged":true|docker\.sock|"host"/);
  });

  test.each(services)('%s has limits of cores, memory and processes', (_name, { deploy }) => {
    const { cpus, memory, pids } = deploy.resources.limits;
    // Docker refuses more cores than the machine has.
    expect(Number(cpus)).toBeGreaterThan(0);
    expect(Number(cpus)).toBeLessThanOrEqual(Math.max(1, Number(variables.DIGITFLOW_CPUS)));
    expect(memory).toMatch(/^\d+[mg]$/);
    expect(pids).toBeGreaterThan(0);
  });

  test.each(services)('%s is reached from this machine alone', (_name, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test.each(services)('%s either has a health check or ends by itself', (_name, { restart, healthcheck }) => {
    if (restart === 'no') expect(healthcheck).toBeUndefined();
    else {
      expect(restart).toBe('unless-stopped');
      expect(healthcheck?.test[0]).toBe('CMD');
    }
  });

  test.each(services)('%s waits for what has to be there, by health or by its end', (_name, { depends_on = {} }) => {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const isOnce = filled.services[other]?.restart === 'no';
      expect(condition).toBe(isOnce ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  test.each(services)('%s mounts volumes that are declared, and files that are there, to read', (_name, service) => {
    for (const volume of service.volumes ?? []) {
      const [from = '', , mode] = volume.split(':');
      if (from.startsWith('./')) {
        expect(statSync(join(checkoutFolder, from)).isFile()).toBe(true);
        expect(mode).toBe('ro');
      } else expect(Object.keys(filled.volumes)).toContain(from);
    }
  });

  test("keeps the database where only Temporal's parts reach it", () => {
    expect(filled.networks['database']).toEqual({ internal: true });
    const inside = services.filter(([, { networks = ['default'] }]) => networks.includes('database'));
    expect(inside.map(([name]) => name)).toEqual(['postgres', 'temporal-schema', 'temporal']);
  });
});

describe('the workers', () => {
  test('run programs that are there', () => {
    for (const [, { command = [], entrypoint = [] }] of workers) {
      const programs = [...entrypoint, ...command].filter((word) => /\.(ts|mjs)$/.test(word));
      expect(programs).toHaveLength(1);
      expect(statSync(join(checkoutFolder, programs[0]!)).isFile()).toBe(true);
    }
  });

  test('are told nothing that no program of ours reads', () => {
    const sources = READERS.map(read).join('\n');
    for (const [name, { environment = {} }] of workers)
      for (const variable of Object.keys(environment)) {
        const isRead =
          variable in MEMORY_GIVEN_BACK ||
          OF_OPENTELEMETRY.has(variable) ||
          sources.includes(`'${variable}'`) ||
          (variable.startsWith('DIGITFLOW_INFERENCE_') &&
            new RegExp(`^  ${variable.slice('DIGITFLOW_INFERENCE_'.length)}: `, 'm').test(read('config/inference.ts')));
        expect(isRead, `${name}: ${variable}`).toBe(true);
      }
  });

  test('reach Temporal and the store of this file, in the bucket and region of every other stack', () => {
    for (const name of ['pipeline-worker', 'train-worker', 'inference-worker', 'digitflow', 'store-keys']) {
      const { S3_KEYS_FILE: _file, ...environment } = filled.services[name]!.environment!;
      const found = resolveConnections({
        TEMPORAL_ADDRESS: 'temporal:7233',
        S3_ACCESS_KEY: 'key',
        S3_SECRET_KEY: 'long enough',
        ...environment,
        DIGITFLOW_HOME: folder,
      });
      expect(found.temporal).toMatchObject({ address: 'temporal:7233', namespace: 'default' });
      expect(found.store).toMatchObject({ endpoint: 'http://store:9000', bucket: BUCKET, region: REGION });
    }
  });

  test('poll each queue somewhere, and train in a process of its own', () => {
    const queues = (name: string): string[] => workerSettings(filled.services[name]!.environment).queues;
    expect(queues('train-worker')).toEqual(['train']);
    expect(new Set([...queues('pipeline-worker'), ...queues('train-worker')])).toEqual(new Set(Object.keys(QUEUES)));
  });

  test('give memory back as those of a stack without containers do', () => {
    for (const name of ['pipeline-worker', 'train-worker', 'inference-worker'])
      expect(filled.services[name]!.environment).toMatchObject(MEMORY_GIVEN_BACK);
  });

  test('that take work write the file that their health check reads', () => {
    for (const name of ['pipeline-worker', 'train-worker']) {
      const { environment, healthcheck } = filled.services[name]!;
      expect(healthcheck!.test).toContain(environment!['DIGITFLOW_HEARTBEAT_FILE']);
    }
  });

  test('that take work tell other containers their figures, and end with their steps before they are killed', () => {
    for (const name of ['pipeline-worker', 'train-worker']) {
      const { environment, ports, stop_grace_period: grace } = filled.services[name]!;
      const { metrics, drainSeconds } = workerSettings(environment);
      expect(metrics).toEqual({ host: '0.0.0.0', port: 9464 });
      expect(ports).toBeUndefined();
      expect(grace).toMatch(/^\d+s$/);
      expect(drainSeconds).toBeGreaterThan(workerSettings({}).drainSeconds);
      expect(drainSeconds + TO_CANCEL_SECONDS).toBeLessThan(Number.parseInt(grace!, 10));
    }
  });

  test('send traces and tell a webhook where .env names them, and nobody while it does not', () => {
    const named = filledIn(text.replaceAll('${OTEL_EXPORTER_OTLP_ENDPOINT:-}', 'http://collector:4318'));
    const traced = (parse(named, { merge: true }) as ComposeFile).services;
    for (const name of ['pipeline-worker', 'train-worker', 'inference-worker', 'digitflow']) {
      expect(tracesUrl(filled.services[name]!.environment!)).toBeUndefined();
      expect(tracesUrl(traced[name]!.environment!)).toBe('http://collector:4318/v1/traces');
    }
    const { environment } = filled.services['pipeline-worker']!;
    expect(workerSettings(environment).webhook).toBeUndefined();
    const hook = { DIGITFLOW_WEBHOOK_URL: 'https://hooks.example/x', DIGITFLOW_WEBHOOK_SECRET: 'whsec_c2VjcmV0' };
    for (const name of Object.keys(hook))
      expect(file.services['pipeline-worker']!.environment![name]).toBe('${' + name + ':-}');
    expect(workerSettings({ ...environment, ...hook }).webhook).toEqual({
      url: hook.DIGITFLOW_WEBHOOK_URL,
      secret: hook.DIGITFLOW_WEBHOOK_SECRET,
    });
  });

  test('that serve want a token, and are asked where they listen', () => {
    const { environment, ports, healthcheck } = filled.services['inference-worker']!;
    const settings = inferenceSettings(environment);
    expect(settings).toMatchObject({ host: '0.0.0.0', tokenSha256: variables.DIGITFLOW_INFERENCE_TOKEN_SHA256 });
    expect(settings.insecureUnsigned).toBe(false);
    expect(ports).toEqual([`127.0.0.1:${settings.port}:${settings.port}`]);
    expect(healthcheck!.test.at(-1)).toBe(`http://127.0.0.1:${settings.port}/v2/health/live`);
  });

  test("never see the store's own password, but for the keeper of its keys", () => {
    const holders = services.filter(([, service]) =>
      JSON.stringify(service).includes(variables.DIGITFLOW_STORE_PASSWORD),
    );
    expect(holders.map(([name]) => name)).toEqual(['store', 'store-keys']);
    expect(filled.services['inference-worker']!.volumes).toContain('serving-keys:/state/keys:ro');
    expect(filled.services['pipeline-worker']!.volumes).toContain('pipeline-keys:/state/keys:ro');
  });

  test('find search attributes that a program of ours adds from the contract', () => {
    expect(filled.services['prepare-temporal']!.command).toContain('workers/prepare-temporal.ts');
    expect(read('workers/prepare-temporal.ts')).toMatch(/addSearchAttributes\(client, SEARCH_ATTRIBUTES\)/);
    for (const name of ['pipeline-worker', 'train-worker', 'inference-worker'])
      expect(filled.services[name]!.depends_on).toHaveProperty('prepare-temporal');
  });
});

describe('the images', () => {
  const dockerfiles = ['Dockerfile', 'docker/minio.Dockerfile'].map((path) => [path, read(path)] as const);

  test.each(dockerfiles)('of %s begin with images pinned by digest and end without root', (_path, dockerfile) => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base!);
    expect(bases.length).toBeGreaterThan(1);
    for (const base of bases) expect(base).toMatch(/^[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
    expect(dockerfile.lastIndexOf('USER 1000:1000')).toBeGreaterThan(dockerfile.lastIndexOf('FROM '));
  });

  test('of the workers hold tini, and folders for the volumes that belong to their user', () => {
    const dockerfile = read('Dockerfile');
    expect(dockerfile).toContain('ENTRYPOINT ["/usr/bin/tini", "--"]');
    const targets = workers.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[1]!));
    const [, made] = /RUN mkdir -p (.*?) &&/.exec(dockerfile)!;
    for (const target of targets) expect(made!.split(' ')).toContain(target);
  });

  test('of MinIO are built from what setup pins, with its Go and its flags', () => {
    const dockerfile = read('docker/minio.Dockerfile');
    const lock = JSON.parse(read('setup/components/lock.json')) as {
      go: { version: string };
      minio: { goPackage: string };
    };
    expect(dockerfile).toContain(`FROM golang:${lock.go.version}-bookworm@`);
    const [, run] = /RUN go (build .*)/.exec(dockerfile)!;
    const setup = read('setup/components/shared/go-build.mjs');
    for (const flag of run!.match(/-[\w:=]+(?:=\S+)?/g)!.filter((word) => word.startsWith('-') && word !== '-w'))
      expect(setup).toContain(flag.replace(/"$/, ''));
    expect(run!.endsWith(lock.minio.goPackage)).toBe(true);
  });

  test('are built without keys and data: the context holds what Dockerfiles copy and nothing else', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = dockerfiles.flatMap(([, dockerfile]) =>
      [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, from]) => from!.split(' ')),
    );
    expect(new Set(copied.map((path) => path.split('/')[0]))).toEqual(new Set(kept));
    expect(read('.gitignore').split('\n')).toContain('.env');
    expect(read('.dockerignore').split('\n')).toContain('.env');
  });
});

describe('compose init', () => {
  const path = join(folder, 'first', '.env');

  test('writes the variables for their owner alone, and keeps a file that is there', () => {
    const settings = createComposeSettings();
    expect(writeComposeSettings(path, settings, { replace: false })).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(variablesIn(path)).toEqual(settings.variables);
    expect(writeComposeSettings(path, createComposeSettings(), { replace: false })).toBe(false);
    expect(variablesIn(path)).toEqual(settings.variables);
    const others = createComposeSettings();
    expect(writeComposeSettings(path, others, { replace: true })).toBe(true);
    expect(variablesIn(path)).toEqual(others.variables);
  });

  test('makes every secret anew, long and in letters that neither .env nor an address has to quote', () => {
    const [one, other] = [createComposeSettings(), createComposeSettings()];
    for (const name of ['DIGITFLOW_POSTGRES_PASSWORD', 'DIGITFLOW_STORE_PASSWORD'] as const) {
      expect(one.variables[name]).toMatch(/^[\w-]{40}$/);
      expect(one.variables[name]).not.toBe(other.variables[name]);
    }
    expect(one.variables.DIGITFLOW_POSTGRES_PASSWORD).not.toBe(one.variables.DIGITFLOW_STORE_PASSWORD);
    expect(one.token).not.toBe(other.token);
  });

  test('shows the token once, says what comes next, and refuses to write over without --force', async () => {
    const words = ['compose', 'init', '--to', 'second.env'];
    const first = await runWords([...words, '--json'], folder, {});
    expect(first.exitCode).toBe(0);
    const { token, command } = first.document() as { token: string; command: string };
    expect(command).toMatch(/^docker compose --env-file .*second\.env up --detach --build$/);
    const written = readFileSync(join(folder, 'second.env'), 'utf8');
    expect(written).not.toContain(token);
    const second = await runWords(words, folder, {});
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toMatch(/is there already.*--force/s);
    const forced = await runWords([...words, '--force'], folder, {});
    expect(forced.stdout).toMatch(/shown this once/);
    expect(readFileSync(join(folder, 'second.env'), 'utf8')).not.toBe(written);
  });

  test('is the only word of compose', async () => {
    expect((await runWords(['compose', 'inti'], folder, {})).stderr).toMatch(/did you mean init/);
  });
});

function variablesIn(path: string): Record<string, string> {
  const lines = readFileSync(path, 'utf8').split('\n');
  return Object.fromEntries(lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2)));
}
