/** Of Adam (Kingma and Ba, 2015), the same in every engine. Epsilon is Keras' default. */
export const BETA1 = 0.9;
export const BETA2 = 0.999;
export const EPSILON = 1e-7;
