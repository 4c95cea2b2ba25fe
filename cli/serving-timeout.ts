import { EpochlogError } from '../kernel/errors.ts';
import type { Decision } from '../operations/production.ts';

/** A predictor reports what it serves within seconds; after this time none is running. */
const SERVING_TIMEOUT_MS = 60_000;

/** A signal that aborts with NOT_SERVED a minute after a decision about production, unless it is disposed of before. */
export function servingTimeout(): {
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
      timer = setTimeout(() => timeout.abort(unserved(decision)), SERVING_TIMEOUT_MS);
    },
    [Symbol.dispose]: stop,
  };
}

const unserved = ({ id, data: { model } }: Decision): EpochlogError =>
  new EpochlogError(
    'NOT_SERVED',
    `it was decided (event ${id}), but no predictor has reported within ${SERVING_TIMEOUT_MS / 1_000} s what it serves of ` +
      `${model}: check that one is running, then see \`epochlog history ${model}\``,
  );
