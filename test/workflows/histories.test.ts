import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, it } from 'vitest';
import { checkoutFolder } from '../../config/home.ts';
import { replayHistories, type Replayed } from '../../workers/replay-histories.ts';

const folder = path.join(checkoutFolder, 'test', 'histories');
const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json')).sort();

async function replay(histories: { workflowId: string; history: unknown }[], traced = false): Promise<Replayed[]> {
  const replayed: Replayed[] = [];
  for await (const one of replayHistories(checkoutFolder, histories as never, { traced })) replayed.push(one);
  return replayed;
}

const read = async (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');

it.each([
  ['as workers do', false],
  ['where traces are on', true],
])('goes on from every history of a running, parked or finished run that some version wrote, %s', async (_, traced) => {
  expect(files.map((file) => path.basename(file))).toEqual(
    expect.arrayContaining(['running.json', 'parked.json', 'finished.json', 'retried.json', 'aborted.json']),
  );
  const histories = await Promise.all(
    files.map(async (file) => ({ workflowId: file, history: historyFromJSON(JSON.parse(await read(file))) })),
  );
  const replayed = await replay(histories, traced);
  expect(replayed.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(replayed).toHaveLength(files.length);
});

it('would notice workflow code that goes another way', async () => {
  const changed = (await read(files.find((file) => file.endsWith('finished.json'))!)).replaceAll(
    '"evaluate"',
    '"examine"',
  );
  const [replayed] = await replay([{ workflowId: 'changed', history: historyFromJSON(JSON.parse(changed)) }]);
  expect(replayed?.error).toMatch(/[Nn]ondeterminism|determinis/);
});
