// TensorFlow without oneDNN, for comparing gradients: with it, rounding flips a few ReLUs at their boundary, which says
// nothing about a gradient rule. Settings count only before the first load in a process, so import this first.

import { loadTensorFlow, type TensorFlow } from '../../../ml/engines/graph/tensorflow.ts';

process.env['TF_ENABLE_ONEDNN_OPTS'] = '0';
process.env['TF_CPP_MIN_LOG_LEVEL'] = '2';

export const loadReferenceTensorFlow = (): Promise<TensorFlow> => loadTensorFlow();
