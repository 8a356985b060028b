/**
 * Part of the environment of the model process: glibc gives blocks of this size and more back to the system as soon as they
 * are free, instead of keeping most of a closed run. Other systems do not read it.
 */
export const allocatorEnvironment = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) } as const;
