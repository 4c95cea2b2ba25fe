/** Concurrent statements of the API, the projector and commands. Each blocks a thread of libuv's pool. */
export const OWN_SLOTS = 3;
export const OWN_QUEUE = 1000;
/** User queries have slots of their own, so that they never delay the other statements. */
export const USER_SLOTS = 2;
export const USER_QUEUE = 100;
/** Threads of libuv's pool: one for each concurrent statement, one for the probe, two for files. */
export const THREADS = OWN_SLOTS + USER_SLOTS + 3;
