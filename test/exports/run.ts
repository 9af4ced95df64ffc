// `npm run check:exports`: every snippet of an exported model's card, run as it stands there, by Python and by Node, in the
// folder of the export; and the card itself read by Hugging Face's own library. Needs python3 and a way to PyPI.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { EXPORT_FORMATS } from '../../inference/export/export-formats.ts';
import { checkoutFolder } from '../../config/home.ts';
import { openCliHome } from '../cli/cli-process.ts';
import { pythonWith } from '../clients/clients-python.ts';
import { publishEvaluated } from '../support/evaluated-model.ts';

const run = promisify(execFile);
const TOLERANCE = 1e-4;

const python = await pythonWith(path.join(import.meta.dirname, 'requirements.txt'));
const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-exports-'));
const home = await openCliHome();
const answers: { who: string; probabilities: number[] }[] = [];
let failed = 0;

async function check(who: string, command: string, words: readonly string[], cwd: string): Promise<void> {
  try {
    const { stdout } = await run(command, words, { cwd, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } });
    answers.push({
      who,
      probabilities: JSON.parse(stdout.trim().split('\n').slice(-answerLines(stdout)).join('')) as number[],
    });
    console.log(`ok    ${who}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${who}`, error);
  }
}

/** Node prints a long array over several lines, Python on one. */
const answerLines = (stdout: string): number => {
  const lines = stdout.trim().split('\n');
  return lines.length - lines.findLastIndex((line) => line.startsWith('['));
};

try {
  await publishEvaluated(home.store, { student: 1 });
  for (const format of EXPORT_FORMATS) {
    const to = path.join(folder, format);
    const { exitCode, stderr } = await home.run(['models', 'export', 'champion', '--format', format, '--to', to]);
    if (exitCode !== 0) throw new Error(stderr);
    await symlink(path.join(checkoutFolder, 'node_modules'), path.join(to, 'node_modules'));
    const card = await readFile(path.join(to, 'README.md'), 'utf8');
    for (const [, language, code] of card.matchAll(/```(js|python)\n(.*?)```/gs)) {
      const file = path.join(to, language === 'js' ? 'snippet.mjs' : 'snippet.py');
      await writeFile(file, code!);
      await check(`${format} by ${language}`, language === 'js' ? process.execPath : python, [file], to);
    }
    const read = `from huggingface_hub import ModelCard; c = ModelCard.load("README.md"); print([len(c.data.eval_results)])`;
    await run(python, ['-c', read], { cwd: to });
    console.log(`ok    ${format}: the card, by huggingface_hub`);
  }
  const [first, ...others] = answers;
  for (const { who, probabilities } of others) {
    const difference = Math.max(...probabilities.map((value, i) => Math.abs(value - first!.probabilities[i]!)));
    if (difference <= TOLERANCE) continue;
    failed++;
    console.log(`FAIL  ${who} differs from ${first!.who} by ${difference}`);
  }
} finally {
  home.remove();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${answers.length} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
