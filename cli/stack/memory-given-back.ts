/**
 * glibc keeps what threads freed in arenas of their own and grows its limit for giving large blocks back: a worker that had
 * 360 MB in use stayed at 900. With both fixed it gives large buffers back at once. Other systems ignore these names.
 */
export const MEMORY_GIVEN_BACK = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
