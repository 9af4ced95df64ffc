// A process of its own: trains ten steps of the network it is given and prints the digest of the state.

import type { NetworkName } from '../../../ml/model.ts';
import { digestOf, openSomeEngine, trainSteps } from './train-some-steps.ts';

const engine = await openSomeEngine({ network: process.argv[2] as NetworkName });
engine.initialise();
trainSteps(engine, 1, 10);
console.log(digestOf(engine.exportState()));
