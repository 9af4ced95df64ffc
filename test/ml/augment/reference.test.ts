// What SciPy made of synthetic pictures under Keras' matrices (apply_affine_transform, order 1, mode nearest).

import { describe, expect, it } from 'vitest';
import { kerasAffine } from '../../../ml/augment/reference.ts';
import { affineWarp } from '../../../ml/image/affine-warp.ts';
import golden from '../../fixtures/keras-affine-golden.json' with { type: 'json' };
import { syntheticImage } from '../image/synthetic.ts';

describe('the reference augmentation beside Keras', () => {
  it('warps within one level', () => {
    golden.forEach(({ pixels, ...transform }, index) => {
      const expected = Buffer.from(pixels, 'base64');
      const map = kerasAffine(transform, { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 });
      const out = new Uint8Array(1024);
      affineWarp(syntheticImage(500 + index, 32, 32).pixels, 32, map, out, 0);
      const worst = out.reduce((most, level, i) => Math.max(most, Math.abs(level - expected[i]!)), 0);
      expect(worst, `picture ${index}`).toBeLessThanOrEqual(1);
    });
  });
});
