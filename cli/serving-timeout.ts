import { EpochlogError } from '../kernel/errors.ts';
import type { Decision } from '../operations/production.ts';

/** A predictor reports what it serves within seconds; after this time none is running. */
const SERVING_TIMEOUT_MS = 60_000;

/** A signal that aborts with NOT_SERVED some time after a decision about production, unless it is disposed of before. */
export function servingTimeout(timeoutMs = SERVING_TIMEOUT_MS): {
  signal: AbortSignal;
  start(decision: Decision): void;
  [Symbol.dispose](): void;
} {
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  return {
    signal: timeout.signal,
    start(decision) {
      stop();
      timer = setTimeout(() => timeout.abort(unserved(decision, timeoutMs)), timeoutMs);
    },
    [Symbol.dispose]: stop,
  };
}

const unserved = ({ id, data: { model } }: Decision, timeoutMs: number): EpochlogError =>
  new EpochlogError(
    'NOT_SERVED',
    `it was decided (event ${id}), but no predictor has reported within ${timeoutMs / 1_000} s what it serves of ` +
      `${model}: check that one is running, then see \`epochlog history ${model}\``,
  );
