// `npm run bench:peers`: digitflow and the reference's recipe in Keras and OpenCV, in turn on this machine. People read the
// table, machines the last line of stdout; progress goes to stderr.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../config/home.ts';
import { parsePeersOptions, USAGE, WrongUse } from './options.ts';
import { makeEnvironment } from './python.ts';

/** What a person can do something about: told without a stack. */
const EXPECTED = new Set(['WrongUse', 'NoPython', 'NoImages', 'NoPlace', 'PeerFailed']);
const say = (line: string): void => console.error(line);

try {
  const options = parsePeersOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else {
    const archive = await archiveOf(options.data);
    const environment = await makeEnvironment(say);
    // Loaded last: TensorFlow and ONNX Runtime take seconds, which a wrong argument should not wait for.
    const { compareWithPeers } = await import('./compare.ts');
    await compareWithPeers({ ...options, archive, environment, say });
  }
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error && EXPECTED.has(error.name) ? error.message : error);
  process.exit(error instanceof WrongUse ? 2 : 1);
}

/**
 * The archive that was named, by option or environment; else the one named last.
 * @throws WrongUse
 */
async function archiveOf(named: string | undefined): Promise<string> {
  const note = path.join(cacheFolder(), 'bench-peers', 'last-archive');
  const last = await readFile(note, 'utf8').catch(() => undefined);
  const archive = named ?? process.env['DIGITFLOW_BENCH_DATA'] ?? last;
  if (archive === undefined || !existsSync(archive))
    throw new WrongUse(`--data: expected an archive of images, got ${archive ?? 'none'}\n\n${USAGE}`);
  await mkdir(path.dirname(note), { recursive: true });
  await writeFile(note, path.resolve(archive));
  return path.resolve(archive);
}
