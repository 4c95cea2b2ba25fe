import type { Config } from '../infra/config/schema.ts';
import { EpochlogError, isErrorCode } from '../kernel/errors.ts';

/** An HTTP API, and how to call it. */
interface Api {
  /** base URL */
  url: string;
  token: Config['token'];
  /** aborts requests; its reason is thrown then */
  signal: AbortSignal;
}

/**
 * Posts to the HTTP API. A problem answer is thrown as the error that it names; INTERRUPTED when there is no answer,
 * because the services are being stopped.
 */
export async function post<Answer>(
  { url, token, signal }: Api,
  path: string,
  body: unknown,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
    signal,
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new EpochlogError('INTERRUPTED', `the connection to ${url} is lost: its services were stopped`, {
      cause,
    });
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer as Answer;
  const { code, detail } = answer as { code?: unknown; detail?: string };
  throw new EpochlogError(
    isErrorCode(code) ? code : 'INPUT_INVALID',
    detail ?? `${path} answered ${response.status}`,
  );
}
