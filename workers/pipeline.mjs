// Starts the pipeline worker, from its bundle where that stands.

import { startProgram } from '../setup/bundles/start-program.mjs';

await startProgram('pipeline', 'workers/pipeline.ts');
