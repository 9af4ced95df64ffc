// node --import tsx workers/bundle-inference.ts: bundles the inference worker unless its bundle stands, and prints where.

import { checkoutFolder } from '../config/home.ts';
import { inferenceBundle } from './inference-bundle.ts';

process.stdout.write(`${await inferenceBundle(checkoutFolder)}\n`);
