import type { Config } from '../infra/config/schema.ts';
import { EpochlogError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/event.ts';
import type { Decision, Report } from '../operations/production.ts';
import { requestAndFollow } from './follow.ts';
import { withSession } from './session.ts';

/** A predictor says what it serves within seconds; after so long there is none. */
const SERVING_TIMEOUT_MS = 60_000;

/**
 * Asks for a decision about production, and waits until an instance of the predictor says what it serves since. CONFLICT
 * when it is refused, NOT_SERVED when no instance says anything.
 */
export function requestDecision(
  config: Config,
  request: NewEvent,
): Promise<{ decision: Decision; serving: Report }> {
  return withSession(config, async (session) => {
    const timeout = new AbortController();
    let decision: Decision | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      const end = await requestAndFollow(session, request, {
        watched: ['VersionPromoted', 'VersionRolledBack', 'ModelRetired'],
        ends: ['VersionServing', 'ServingFailed', 'ServingEnded', 'PromotionRefused', 'RetirementRefused'],
        signal: timeout.signal,
        onEvent(decided) {
          decision = decided;
          timer = setTimeout(() => timeout.abort(unserved(decided)), SERVING_TIMEOUT_MS);
        },
      });
      if (end.type === 'PromotionRefused' || end.type === 'RetirementRefused') {
        throw new EpochlogError('CONFLICT', `refused: ${end.data.reason}`);
      }
      return { decision: decision!, serving: end };
    } finally {
      clearTimeout(timer);
    }
  });
}

const unserved = ({ id, data: { model } }: Decision): EpochlogError =>
  new EpochlogError(
    'NOT_SERVED',
    `it was decided (event ${id}), but no predictor has said within ${SERVING_TIMEOUT_MS / 1_000} s what it serves of ` +
      `${model}: see whether one runs, then \`epochlog history ${model}\``,
  );
