// How old the labels are that a person sees: the page in Chromium with a camera whose picture counts its frames, the worker
// in a process of its own, the champion. `npm run bench -- staleness [ANSWERS]`, 300 by default.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkoutFolder } from '../config/home.ts';
import { openPage } from '../test/support/browser.ts';
import { launchBeforeDigit } from '../test/support/counted-camera.ts';
import { VIDEO } from '../test/support/counted-video.ts';
import { nextAnswers, type SeenAnswer, stalenessMs, watchCounter } from '../test/support/staleness.ts';
import { programBundle } from '../setup/bundles/program-bundle.ts';
import { machine } from './harness.ts';

const DIGIT = 7;
const WARM_UP = 60;
const answersWanted = Number(process.argv[2] ?? 300);

const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-staleness-'));
await programBundle(checkoutFolder, 'inference');
const worker = fork(path.join(checkoutFolder, 'workers', 'inference.mjs'), {
  cwd: checkoutFolder,
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  env: {
    ...process.env,
    DIGITFLOW_CACHE: path.join(folder, 'cache'),
    DIGITFLOW_INFERENCE_PORT: '0',
    DIGITFLOW_INFERENCE_TEMPORAL: '0',
    DIGITFLOW_INFERENCE_INSECURE_UNSIGNED: '1', // whose model it is changes nothing about how old an answer gets
  },
});
const ended = once(worker, 'exit').then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`)));
ended.catch(() => undefined); // at the end it may
const [{ endpoints }] = (await Promise.race([once(worker, 'message'), ended])) as [
  { endpoints: { inference: string } },
];
const browser = await launchBeforeDigit(DIGIT);
try {
  const { page } = await openPage(browser, 'about:blank');
  await watchCounter(page);
  await page.goto(endpoints.inference);
  await page.locator('.digit.digit .glyph', { hasText: String(DIGIT) }).waitFor();
  await nextAnswers(page, WARM_UP);
  const began = performance.now();
  const answers = await nextAnswers(page, answersWanted);
  const perSecond = (1_000 * answers.length) / (performance.now() - began);
  const figures = {
    answers: answers.length,
    perSecond: round(perSecond),
    byFrameCounterMs: {
      p50: round(stalenessMs(answers, 0.5)),
      p95: round(stalenessMs(answers, 0.95)),
      max: round(stalenessMs(answers, 1)),
    },
    byClockMs: spread(answers, 'ageMs'),
    roundTripMs: spread(answers, 'roundTripMs'),
    workerMs: spread(answers, 'workerMs'),
  };
  console.log(JSON.stringify(figures, undefined, 2));
  console.log(JSON.stringify({ topic: 'staleness', ...figures, video: VIDEO, machine: machine() }));
} finally {
  await browser.close();
  const exited = once(worker, 'exit');
  worker.kill('SIGTERM');
  await exited;
  await rm(folder, { recursive: true, force: true });
}

function spread(answers: readonly SeenAnswer[], name: keyof SeenAnswer) {
  const sorted = answers.map((answer) => answer[name]).toSorted((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.ceil(share * sorted.length) - 1]!);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
