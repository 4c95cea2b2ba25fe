/** Of a queue of labels, where the request does not say otherwise. */
export const QUEUE_DEFAULTS = {
  measure: 'entropy',
  includesLabelled: false,
  candidates: 5_000,
  size: 200,
  seed: 42,
} as const;
