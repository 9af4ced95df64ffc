// Starts the inference worker, from its bundle where that stands.

import { startProgram } from '../setup/bundles/start-program.mjs';

await startProgram('inference', 'workers/inference.ts');
