import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError, type ErrorCode } from '../kernel/errors.ts';
import type { Session } from './session.ts';

const TIMEOUT_MS = 60_000;
const INTERVAL_MS = 20;

/** What ends by itself, as far as the answer of a predictor says. */
const SOON: readonly ErrorCode[] = ['MODEL_LOADING'];

/** Posts to a predictor; waits, a minute at most, while it is starting, or loads a version, and for what else is named. */
export async function postToPredictor<Answer>(
  { post, signal }: Pick<Session, 'post' | 'signal'>,
  path: string,
  body: object,
  waitedFor: readonly ErrorCode[] = [],
): Promise<Answer> {
  for (const deadline = Date.now() + TIMEOUT_MS; ; await sleep(INTERVAL_MS, undefined, { signal })) {
    try {
      return await post<Answer>(path, body);
    } catch (error) {
      const isWaitedFor = error instanceof EpochlogError && [...SOON, ...waitedFor].includes(error.code);
      if (!isWaitedFor || Date.now() > deadline) throw error;
    }
  }
}
