import { addTensor, type Graph } from '../graph.ts';
import { record } from '../tape.ts';
import { expectEqualSides, imageSides, type FloatTensor } from '../tensor.ts';
import { shapeOf } from './basics.ts';

/**
 * Two-dimensional convolution, stride 1.
 * @param x [batch, height, width, in]
 * @param kernel [kernel height, kernel width, in, out]
 * @returns [batch, height, width, out], or smaller by the kernel less one with `valid` padding
 */
export function conv(graph: Graph, x: FloatTensor, kernel: FloatTensor, padding: 'same' | 'valid'): FloatTensor {
  const [batch, height, width, channels] = imageSides(x);
  const [kernelHeight, kernelWidth, kernelChannels, filters] = imageSides(kernel);
  expectEqualSides('channels', kernelChannels, x, channels);
  const cut = padding === 'same' ? 0 : 1;
  const shape = [batch, height - cut * (kernelHeight - 1), width - cut * (kernelWidth - 1), filters];
  const attributes = {
    T: { type: 'float32' },
    strides: { ints: [1, 1, 1, 1] },
    padding: { text: padding.toUpperCase() },
  } as const;
  const y = addTensor(graph, { op: 'Conv2D', inputs: [x, kernel], attributes }, 'float32', shape);
  record(graph, {
    inputs: [x, kernel],
    outputs: [y],
    backward: ([dy], isNeeded) => {
      const forInput = { op: 'Conv2DBackpropInput', inputs: [shapeOf(graph, x), kernel, dy!], attributes };
      const forKernel = { op: 'Conv2DBackpropFilter', inputs: [x, shapeOf(graph, kernel), dy!], attributes };
      return [
        isNeeded(0) ? addTensor(graph, forInput, 'float32', x.shape) : undefined,
        isNeeded(1) ? addTensor(graph, forKernel, 'float32', kernel.shape) : undefined,
      ];
    },
  });
  return y;
}
