// `npm run chaos -- --kills N --seed S [--minutes M] [--faults] [--lanes L]`: real servers, real workers, real kills. The
// last line is `N kills, N survived`; the exit status says the same.

import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';

const HELP = `npm run chaos -- [options]

Kills trainer, pipeline worker, inference worker, Temporal and the store at named crash points and at random moments, and
checks that every run ends with the bits of an undisturbed one, exactly one version, and a linear alias history.

  --kills N     how many (default 40)
  --seed S      of what is killed when (default 1)
  --minutes M   no new run is started so long after the undisturbed first one (default 60)
  --faults      puts a proxy before the store that is busy, slow, loses answers and cuts requests and answers
  --lanes L     stacks side by side (default 1)
  --log FILE    every line also goes there
`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    faults: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '1' },
    log: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const count = (name: 'kills' | 'seed' | 'minutes' | 'lanes'): number => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= 0) return value;
  process.stderr.write(`--${name}: expected a number of at least 0, got "${values[name]}"\n`);
  process.exit(2);
};
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
  if (values.log !== undefined) appendFileSync(values.log, `${line}\n`);
};

const { kills, survived, problems } = await chaos({
  kills: count('kills'),
  seed: count('seed'),
  minutes: count('minutes'),
  lanes: count('lanes'),
  faults: values.faults,
  say,
});
for (const problem of problems) say(`✘ ${problem}`);
say(`${kills} kills, ${survived} survived`);
process.exit(kills > 0 && survived === kills && problems.length === 0 ? 0 : 1);
