// For pages: the modules of TensorFlow.js that a published model needs, named one by one, so that a bundle holds no more.

import {
  avgPool,
  findBackendFactory,
  fused,
  getBackend,
  maxPool,
  registerBackend,
  registerKernel,
  relu,
  removeBackend,
  reshape,
  setBackend,
  softmax,
  tensor,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { _fusedMatMulConfig as fusedMatMulKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/_FusedMatMul.js';
import { avgPoolConfig as averagePoolKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/AvgPool.js';
import { castConfig as castKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Cast.js';
import { fusedConv2DConfig as fusedConvolutionKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/FusedConv2D.js';
import { identityConfig as identityKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Identity.js';
import { maxPoolConfig as maxPoolKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/MaxPool.js';
import { reluConfig as reluKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Relu.js';
import { reshapeConfig as reshapeKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Reshape.js';
import { softmaxConfig as softmaxKernel } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Softmax.js';
import createModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import type { CreateModule, WasmParts } from './parts.ts';
import { openWith, type WasmModel, type WasmModelFiles } from './wasm-model.ts';

export type { WasmModel } from './wasm-model.ts';

const parts: WasmParts = {
  tf: {
    avgPool,
    findBackendFactory,
    fused,
    getBackend,
    maxPool,
    registerBackend,
    registerKernel,
    relu,
    removeBackend,
    reshape,
    setBackend,
    softmax,
    tensor,
    tensor4d,
    tidy,
  },
  Backend: BackendWasm,
  createModule: createModule as unknown as CreateModule, // its types tell of a default export it hasn't
  kernels: [
    averagePoolKernel,
    castKernel, // averages are cast to the type they have already
    fusedConvolutionKernel,
    fusedMatMulKernel,
    identityKernel,
    maxPoolKernel,
    reluKernel,
    reshapeKernel,
    softmaxKernel,
  ],
};

/** @throws UnsupportedModel, WasmFailure */
export const openWasmModel = (files: WasmModelFiles): Promise<WasmModel> => openWith(parts, files);
