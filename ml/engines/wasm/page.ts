// For pages: the modules of TensorFlow.js that a published model needs, named one by one, so that a bundle holds no more.

import { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { _fusedMatMulConfig as fusedMatMul } from '@tensorflow/tfjs-backend-wasm/dist/kernels/_FusedMatMul.js';
import { avgPoolConfig as averagePool } from '@tensorflow/tfjs-backend-wasm/dist/kernels/AvgPool.js';
import { fusedConv2DConfig as fusedConvolution } from '@tensorflow/tfjs-backend-wasm/dist/kernels/FusedConv2D.js';
import { maxPoolConfig as maxPool } from '@tensorflow/tfjs-backend-wasm/dist/kernels/MaxPool.js';
import { reluConfig as relu } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Relu.js';
import { reshapeConfig as reshape } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Reshape.js';
import { softmaxConfig as softmax } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Softmax.js';
import createModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import type { WasmParts } from './backend.ts';
import { wasmModelOpener } from './wasm-model.ts';

export type { WasmModel } from './wasm-model.ts';

export const openWasmModel = wasmModelOpener({
  Backend: BackendWasm,
  createModule: createModule as unknown as WasmParts['createModule'], // its types tell of a default export it hasn't
  kernels: [fusedMatMul, averagePool, fusedConvolution, maxPool, relu, reshape, softmax],
});
