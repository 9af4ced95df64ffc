import { expect, it } from 'vitest';
import { InvalidModelName, keys, runOfKey } from '../../artifacts/keys.ts';
import { checkKey } from '../../artifacts/limits.ts';

it.each(['plain', 'with/slash', '..', 'ünï 😀', 'a%2Fb', 'q?x#y'])(
  'keeps the workflow id %j in one segment, reversibly',
  (workflowId) => {
    const run = { workflowId, firstExecutionRunId: '019ab' };
    for (const key of [keys.run(run), keys.outcome(run), keys.runStep(run, 'train')]) {
      checkKey(key);
      expect(key.split('/')).toHaveLength(key.includes('/steps/') ? 5 : 4);
      expect(runOfKey(key)).toEqual(run);
    }
  },
);

it('lays the bucket out as the design says', () => {
  const run = { workflowId: 'w', firstExecutionRunId: 'r' };
  expect(keys.step('train', 'k')).toBe('steps/train/k.json');
  expect(keys.run(run)).toBe('runs/w/r/run.json');
  expect(keys.runStep(run, 'train')).toBe('runs/w/r/steps/train.json');
  expect(keys.outcome(run)).toBe('runs/w/r/outcome.json');
  expect(keys.version('digits', 3)).toBe('models/digits/versions/3.json');
  expect(keys.aliases('digits')).toBe('models/digits/aliases.json');
  expect(runOfKey('models/digits/aliases.json')).toBeUndefined();
});

it.each(['', 'Digits', '../x', 'a/b', '-x', 'x'.repeat(64), 'é'])('refuses the model name %j', (name) => {
  expect(() => keys.aliases(name)).toThrow(InvalidModelName);
});
