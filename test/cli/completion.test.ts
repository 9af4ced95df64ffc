import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { presets } from '../../config/presets.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;
beforeAll(async () => {
  home = await openCliHome();
});
afterAll(() => home.remove());

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

async function scriptFor(shell: string): Promise<string> {
  const { exitCode, stdout } = await home.run(['completion', shell]);
  expect(exitCode).toBe(0);
  const file = path.join(home.folder, `completion.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

/** What is offered behind `digitflow …` when the last word is not finished. */
const LINES: [words: string[], offered: string[]][] = [
  [['tra'], ['train']],
  [['models', 'pro'], ['promote']],
  [['train', '--preset', ''], Object.keys(presets)],
  [['rerun', 'latest', '--from', 'pre'], ['preprocess']],
  [['config', 'show', '--pre'], ['--preset']],
  [['completion', 'f'], ['fish']],
];

describe.runIf(has('bash'))('in bash', () => {
  test.each(LINES)('%j', async (words, offered) => {
    const file = await scriptFor('bash');
    const line = ['digitflow', ...words].map((word) => `'${word}'`).join(' ');
    const program = `source ${file}; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _digitflow; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const printed = execFileSync('bash', ['-c', program], { encoding: 'utf8' }).trim().split('\n');
    expect(printed).toEqual(offered);
  });
});

describe.runIf(has('fish'))('in fish', () => {
  test.each(LINES)('%j', async (words, offered) => {
    const file = await scriptFor('fish');
    const line = ['digitflow', ...words].join(' ');
    const program = `source ${file}; complete -C '${line}'`;
    const printed = execFileSync('fish', ['--no-config', '-c', program], { encoding: 'utf8' }).trim().split('\n');
    expect(printed.map((each) => each.split('\t')[0])).toEqual(expect.arrayContaining(offered));
  });
});

describe.runIf(has('zsh'))('in zsh', () => {
  test.each(LINES)('%j', async (words, offered) => {
    const file = await scriptFor('zsh');
    const line = ['digitflow', ...words].map((word) => `'${word}'`).join(' ');
    const stubs = '_describe() { print -l -- "${(@)known%%:*}" }; _files() { :; }; compdef() { :; }';
    const program = `${stubs}; source ${file}; words=(${line}); CURRENT=${words.length + 1}; _digitflow`;
    const printed = execFileSync('zsh', ['-f', '-c', program], { encoding: 'utf8' }).trim().split('\n');
    expect(printed).toEqual(expect.arrayContaining(offered));
  });
});

test('another shell is refused with those there are', async () => {
  const { exitCode, stderr } = await home.run(['completion', 'tcsh']);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/bash, zsh, fish/);
});
