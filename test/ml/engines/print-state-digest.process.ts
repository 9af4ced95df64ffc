// A process of its own: trains ten steps of the network on the engine it is given and prints the digest of the state.

import type { EngineName } from '../../../ml/engine.ts';
import type { NetworkName } from '../../../ml/model.ts';
import { digestOf, openSomeEngine, trainSteps } from './train-some-steps.ts';

const [network, engineName, batchSize] = process.argv.slice(2);
const engine = await openSomeEngine({ network: network as NetworkName }, engineName as EngineName);
engine.initialise();
trainSteps(engine, 1, 10, Number(batchSize));
console.log(digestOf(engine.exportState()));
