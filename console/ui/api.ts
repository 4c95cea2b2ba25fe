import { useEffect, useRef, useState } from 'preact/hooks';

/** A page of a list of the API. */
export interface Page<T> {
  items: readonly T[];
  /** the cursor of the next page */
  next: string | null;
}

/** What the API answered instead, or that it does not answer. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Kept in memory alone: a reload asks for it again. */
let token: string | undefined;

export function useToken(given: string): void {
  token = given;
  dispatchEvent(new Event(TOKEN_GIVEN));
}

const TOKEN_GIVEN = 'token-given';
const TOKEN_NEEDED = 'token-needed';
const UNAUTHORIZED = 401;

const headers = (): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {});

/** The answer of a GET route. @throws ApiError with the detail of the problem document; status 0 when nothing answers */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal);
  return (await response.json()) as T;
}

/** The answer of a POST route to a JSON body. @throws ApiError */
export async function post<T>(path: string, body: object): Promise<T> {
  const options = { method: 'POST', body: JSON.stringify(body) };
  const response = await send(path, undefined, options);
  return (await response.json()) as T;
}

/** The response of a route, of a GET one by default. @throws ApiError */
export async function send(path: string, signal?: AbortSignal, request: RequestInit = {}): Promise<Response> {
  const type = request.body ? { 'content-type': 'application/json' } : {};
  const options = { ...request, headers: { ...headers(), ...type }, ...(signal && { signal }) };
  const response = await fetch(path, options).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new ApiError(0, `the server does not answer (${error instanceof Error ? error.message : error})`);
  });
  if (response.ok) return response;
  if (response.status === UNAUTHORIZED) dispatchEvent(new Event(TOKEN_NEEDED));
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new ApiError(response.status, problem.detail ?? `${response.status} ${response.statusText}`);
}

/** A path of the API with its parameters; those that are undefined or empty are left out. */
export function pathOf(path: string, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

export interface Answer<T> {
  /** the last answer; it stays while a later one fails */
  data: T | undefined;
  error: ApiError | undefined;
}

/** Answers of a server that is away, or is starting. */
const AWAY = new Set([0, 502, 503, 504]);
export const RETRY_MS = 1_000;

/** The answer of a route, asked again every so many milliseconds while the page is visible; undefined asks nothing. */
export const useApi = <T>(path: string | undefined, everyMs?: number): Answer<T> =>
  useAnswer(path, (signal) => ask<T>(path!, signal), everyMs);

/**
 * What is answered to a question, of which `key` says which one it is; undefined asks nothing. It is asked again every so many
 * milliseconds while the page is visible, and sooner while the server does not answer.
 */
export function useAnswer<T>(
  key: string | undefined,
  question: (signal: AbortSignal) => Promise<T>,
  everyMs?: number,
): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { of?: string }>({ data: undefined, error: undefined });
  useEffect(() => {
    if (key === undefined) return;
    const stop = new AbortController();
    const { signal } = stop;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async () => {
      clearTimeout(timer);
      let next = everyMs;
      try {
        const data = await question(signal);
        setAnswer({ data, error: undefined, of: key });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        if (AWAY.has(error.status)) next = RETRY_MS;
        setAnswer(({ data, of }) => ({ data: of === key ? data : undefined, error, of: key }));
      }
      clearTimeout(timer);
      if (next !== undefined && !signal.aborted) timer = setTimeout(tick, next);
    };
    const tick = () => {
      if (document.hidden) timer = setTimeout(tick, RETRY_MS);
      else void again();
    };
    void again();
    addEventListener(TOKEN_GIVEN, again, { signal });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs]);
  return answer.of === key ? answer : { data: undefined, error: undefined };
}

/** The last defined value: what is shown stays until the next answer is there. */
export function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef(value);
  last.current = value ?? last.current;
  return last.current;
}

/** Whether the server has refused a request for want of a token, and none was given since. */
export function useTokenNeeded(): boolean {
  const [isNeeded, setNeeded] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    addEventListener(TOKEN_NEEDED, () => setNeeded(true), stop);
    addEventListener(TOKEN_GIVEN, () => setNeeded(false), stop);
    return () => stop.abort();
  }, []);
  return isNeeded;
}

export const needsToken = ({ status }: ApiError): boolean => status === UNAUTHORIZED;
