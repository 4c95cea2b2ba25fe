import { EpochlogError, isErrorCode } from '../kernel/errors.ts';
import type { Session } from './session.ts';

/**
 * Posts to the session's API. An answer that is a problem becomes the error that it tells of; INTERRUPTED when there
 * is no answer, because the services are being stopped.
 */
export async function post<Answer>(session: Session, path: string, body: unknown): Promise<Answer> {
  const { token } = session.config;
  const response = await fetch(`${session.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
    signal: session.signal,
  }).catch((cause: unknown) => {
    session.signal.throwIfAborted();
    throw new EpochlogError('INTERRUPTED', `nothing answers at ${session.url} any more`, { cause });
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer as Answer;
  const { code, detail } = answer as { code?: unknown; detail?: string };
  throw new EpochlogError(
    isErrorCode(code) ? code : 'INPUT_INVALID',
    detail ?? `${path} answered ${response.status}`,
  );
}
