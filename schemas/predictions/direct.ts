import type { PredictionFailed, PredictionServed } from '../events.generated.ts';

/** What a failed prediction says of experiments and deployments where none is running, in production. */
export const FAILED_DIRECT = {
  variant: null,
  deploymentId: null,
  stage: null,
  experimentId: null,
  unit: null,
  attributes: {},
  environment: 'production',
} as const satisfies Partial<PredictionFailed>;

/** The same of one that was served. */
export const DIRECT = {
  ...FAILED_DIRECT,
  batch: 1,
  failedVersion: null,
  failureCode: null,
} as const satisfies Partial<PredictionServed>;
