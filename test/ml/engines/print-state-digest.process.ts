// A process of its own: trains ten steps of each network (`network:batchSize`) on the
// engine it is given and prints the digests of their states.

import type { EngineName } from '../../../ml/engine.ts';
import type { NetworkName } from '../../../ml/model.ts';
import { digestOf, openSomeEngine, trainSteps } from './train-some-steps.ts';

const [engineName, ...cases] = process.argv.slice(2);
for (const [network, batchSize] of cases.map((one) => one.split(':'))) {
  const engine = await openSomeEngine({ network: network as NetworkName }, engineName as EngineName);
  engine.initialise();
  trainSteps(engine, 1, 10, Number(batchSize));
  console.log(digestOf(engine.exportState()));
  engine.dispose();
}
