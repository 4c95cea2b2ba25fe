import { messageOf } from '../../kernel/errors.ts';
import { type Environment, ReferenceFault, withReferences } from '../../kernel/references.ts';
import type { MirrorSettings } from './settings.ts';

/** Why the server did not take something. No secret is in it. */
export class MirrorFault extends Error {
  /** MLflow's error code, HTTP_503, TIMEOUT, ECONNREFUSED … */
  readonly code: string;
  /** whether it is about this one request, which will never be taken; else about the server, and all wait */
  readonly isFinal: boolean;

  constructor(code: string, reason: string, isFinal = false) {
    super(reason);
    this.code = code;
    this.isFinal = isFinal;
  }
}

const SUPPORTED = 3;
const MEGABYTE = 1 << 20;
const MAX_REASON = 500;

type Answer = Readonly<Record<string, unknown>>;

/** MLflow's REST API. Every method rejects with a MirrorFault, or with the reason of the signal. */
export class MlflowClient {
  readonly #uri: string;
  readonly #settings: MirrorSettings;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  #isChecked = false;

  constructor(
    uri: string,
    settings: MirrorSettings,
    signal: AbortSignal,
    environment: Environment = process.env,
  ) {
    this.#uri = uri;
    this.#settings = settings;
    this.#signal = signal;
    this.#environment = environment;
  }

  /** Checks once that there is a server of MLflow 3 that lets us in. */
  async check(): Promise<void> {
    if (this.#isChecked) return;
    const response = await this.#send('GET', '/version');
    const version = (await response.text()).trim();
    if (!response.ok || !/^\d+\.\d+/.test(version)) {
      if (response.status === 401 || response.status === 403) throw refused(response.status);
      throw new MirrorFault(
        'NOT_MLFLOW',
        `${this.#uri}/version answered ${response.status} and no version: EPOCHLOG_MIRROR_URI must be the address of \`mlflow server\``,
      );
    }
    if (Number.parseInt(version, 10) !== SUPPORTED)
      throw new MirrorFault(
        'VERSION_UNSUPPORTED',
        `the server is MLflow ${version.slice(0, 40)}: the mirror writes to MLflow ${SUPPORTED}`,
      );
    await this.ask('POST', 'experiments/search', { max_results: 1 });
    this.#isChecked = true;
  }

  /** The answer of an endpoint; `path` is below `/api/2.0/mlflow/`. */
  async ask(method: 'GET' | 'POST' | 'PATCH', path: string, payload: object): Promise<Answer> {
    const query = method === 'GET' ? `?${new URLSearchParams(payload as Record<string, string>)}` : '';
    const response = await this.#send(method, `/api/2.0/mlflow/${path}${query}`, {
      ...(method !== 'GET' && {
        body: JSON.stringify(payload),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const body = await this.#bodyOf(response);
    if (response.ok) return body;
    throw faultOf(response.status, body);
  }

  /** Stores a file through the server; `place` is a path of `mlflow-artifacts:/`. */
  async put(place: string, bytes: Uint8Array): Promise<void> {
    const path = place.split('/').map(encodeURIComponent).join('/');
    const response = await this.#send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${path}`, {
      body: new Uint8Array(bytes),
      headers: { 'content-type': 'application/octet-stream' },
      extraMs: (1_000 * bytes.byteLength) / MEGABYTE,
    });
    const body = await this.#bodyOf(response);
    if (!response.ok) throw faultOf(response.status, body);
  }

  async #bodyOf(response: Response): Promise<Answer> {
    const text = await this.#reached(() => response.text());
    try {
      const body: unknown = JSON.parse(text === '' ? '{}' : text);
      if (typeof body === 'object' && body !== null) return body as Answer;
    } catch {} // told below
    if (!response.ok) return {};
    throw new MirrorFault(
      'NOT_MLFLOW',
      `${this.#uri} answered ${response.status} and no JSON: is it an MLflow server?`,
    );
  }

  /** Follows no redirect: a password would go to another server than the one configured. */
  #send(
    method: string,
    path: string,
    { extraMs = 0, headers = {}, ...init }: RequestInit & { extraMs?: number } = {},
  ): Promise<Response> {
    const timeoutMs = Math.round(this.#settings.timeoutMs + extraMs);
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#signal]);
    const own = { 'user-agent': 'epochlog', ...this.#credentials() };
    return this.#reached(
      () =>
        fetch(`${this.#uri}${path}`, {
          ...{ method, signal, redirect: 'manual', ...init },
          headers: { ...own, ...(headers as Record<string, string>) },
        }),
      timeoutMs,
    );
  }

  async #reached<T>(work: () => Promise<T>, timeoutMs = this.#settings.timeoutMs): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if ((error as Error).name === 'TimeoutError')
        throw new MirrorFault('TIMEOUT', `${this.#uri} gave no answer in ${timeoutMs} ms`);
      const code = codeOf(error) ?? codeOf((error as { cause?: unknown }).cause) ?? 'UNREACHABLE';
      throw new MirrorFault(
        code,
        `${this.#uri} cannot be reached (${code}): start the server, or correct EPOCHLOG_MIRROR_URI`,
      );
    }
  }

  #credentials(): Record<string, string> {
    const { token, user, password } = this.#settings;
    try {
      const secret = (text: string, name: string) => withReferences(text, name, this.#environment);
      if (token !== undefined) return { authorization: `Bearer ${secret(token, 'EPOCHLOG_MIRROR_TOKEN')}` };
      if (user === undefined) return {};
      const pair = `${user}:${secret(password ?? '', 'EPOCHLOG_MIRROR_PASSWORD')}`;
      return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
    } catch (error) {
      if (error instanceof ReferenceFault) throw new MirrorFault('CONFIG_INVALID', messageOf(error));
      throw error;
    }
  }
}

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
};

const refused = (status: number): MirrorFault =>
  new MirrorFault(
    status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN',
    `the server answered ${status}: EPOCHLOG_MIRROR_TOKEN, or EPOCHLOG_MIRROR_USER and EPOCHLOG_MIRROR_PASSWORD, must be of someone who may write`,
  );

/** MLflow's codes of requests that will never be taken. Others (no such endpoint, its database is away) are of the server. */
const FINAL = new Set([
  'INVALID_PARAMETER_VALUE',
  'RESOURCE_DOES_NOT_EXIST',
  'RESOURCE_ALREADY_EXISTS',
  'INVALID_STATE',
  'BAD_REQUEST',
]);

function faultOf(status: number, { error_code, message }: Answer): MirrorFault {
  if (status === 401 || status === 403) return refused(status);
  const code = typeof error_code === 'string' ? error_code : `HTTP_${status}`;
  const told = typeof message === 'string' ? `: ${message.slice(0, MAX_REASON)}` : '';
  const isRedirect = status >= 300 && status < 400;
  const advice = isRedirect ? ': redirects are not followed, configure the address itself' : told;
  const isFinal = FINAL.has(code) || status === 413 || status === 422;
  return new MirrorFault(code, `the server answered ${status}${advice}`, isFinal);
}
