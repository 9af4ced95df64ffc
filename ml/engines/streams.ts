/** The first number of each random stream of training, so that no two uses share values. ASCII read as a number. */
export const INITIAL_WEIGHTS_STREAM = 0x77676874; // 'wght': then the parameter's index
export const DROPOUT_STREAM = 0x64726f70; // 'drop': then the train step
export const SAMPLE_ORDER_STREAM = 0x6f726472; // 'ordr': then the pass over the pool
