// The health check of a container: node workers/healthy.mjs URL, or SECONDS FILE…: exits with 0 when the address answers
// with a status below 400, or no file is older than that. Node's own modules only, so that it ends in a few milliseconds.

import { statSync } from 'node:fs';
import { get } from 'node:http';

const ANSWER_LIMIT_MS = 4_000;

const [first = '', ...files] = process.argv.slice(2);
if (first.startsWith('http:')) {
  const request = get(first, { timeout: ANSWER_LIMIT_MS }, (answer) => {
    answer.resume();
    if ((answer.statusCode ?? 500) >= 400) fail(`${first} answers ${answer.statusCode}`);
  });
  request.on('timeout', () => request.destroy(new Error(`no answer for ${ANSWER_LIMIT_MS} ms`)));
  request.on('error', (error) => fail(`${first}: ${error.message}`));
} else if (/^\d+$/.test(first) && files.length > 0) {
  for (const file of files) {
    const ageSeconds = ageOf(file);
    if (!(ageSeconds <= Number(first))) fail(`${file}: expected at most ${first} seconds old, got ${ageSeconds}`);
  }
} else fail('expected an address (http://…), or seconds and files');

/** @param {string} file */
function ageOf(file) {
  try {
    return Math.round((Date.now() - statSync(file).mtimeMs) / 1_000);
  } catch {
    return Number.NaN;
  }
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
