/** Milliseconds since the epoch. The only source of time for what becomes an event. */
export type Clock = () => number;
