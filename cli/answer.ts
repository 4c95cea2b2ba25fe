import { EpochlogError } from '../kernel/errors.ts';
import type { Session } from '../operations/session.ts';
import type { EventType, LoggedEvent, NewEvent } from '../schemas/catalogue.ts';
import { requestAndFollow } from './follow.ts';
import { refusal } from './refusal.ts';

const TIMEOUT_MS = 60_000;

/** Events that say why a request is refused. */
type Refusal = {
  [Type in EventType]: LoggedEvent<Type>['data'] extends { code: string; reason: string } ? Type : never;
}[EventType];

/**
 * The answer of a service to a request: the first event of the type `end` that comes of it. When it is refused, the error that the
 * refusal names; CONFLICT when no instance of the service answers within a minute.
 */
export async function answerTo<End extends EventType>(
  session: Session,
  asked: NewEvent,
  { end, refused, service }: { end: End; refused: Refusal; service: string },
): Promise<LoggedEvent<End>> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await requestAndFollow<End, Refusal>(session, asked, {
      ends: [end],
      watched: [refused],
      onEvent({ data }) {
        throw refusal(data);
      },
      signal,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new EpochlogError(
      'CONFLICT',
      `the request is in the log, and no ${service} has answered it in ${TIMEOUT_MS / 1_000} s: start the services with \`epochlog up\``,
    );
  }
}
