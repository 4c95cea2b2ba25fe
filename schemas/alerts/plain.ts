import type { AlertRaised, AlertResolved } from '../events.generated.ts';

/** What an alert says that follows from no measurement, and that is not silenced. */
export const PLAIN_ALERT = {
  severity: 'warning',
  value: null,
  limit: null,
  samples: null,
  measurementId: null,
  silenceId: null,
} as const satisfies Partial<AlertRaised>;

/** The same of what resolves one. */
export const PLAIN_RESOLUTION = {
  value: null,
  measurementId: null,
  silenceId: null,
} as const satisfies Partial<AlertResolved>;
