import { openRuntime } from '../../../inference/runtimes/open-runtime.ts';
import { describeRuntime } from '../../contracts/runtime-contract.ts';

describeRuntime('onnxruntime-node', (model) => openRuntime('onnxruntime-node', model));
describeRuntime('tfjs-node', (model) => openRuntime('tfjs-node', model));
