/** Statements of the API, the projector and commands. Each of those under way blocks a thread of libuv's pool. */
export const OWN_SLOTS = 3;
export const OWN_QUEUE = 1000;
/** Queries that users wrote have slots of their own: they never keep the others waiting. */
export const USER_SLOTS = 2;
export const USER_QUEUE = 100;
/** Threads that libuv's pool needs: one for each statement under way, one for the probe, two for files. */
export const THREADS = OWN_SLOTS + USER_SLOTS + 3;
