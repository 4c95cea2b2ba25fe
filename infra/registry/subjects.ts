import { messageOf, systemCodeOf } from '../../kernel/errors.ts';
import { isNotTls, isUntrusted } from '../tls.ts';
import type { ConfluentOptions } from './options.ts';
import { Turns } from './turns.ts';

const COMPATIBILITY = 'FULL_TRANSITIVE';
const UNSET = 'NONE'; // some registries return it for a subject without a level
const TIMEOUT_MS = 10_000;
/** A codec looks up all schemas at once: a registry that has just started would answer the last of them too late. */
const MAX_REQUESTS = 8;

const NOT_FOUND = 404;
/** The server at the URL is not a schema registry. A registry itself never returns this status. */
export const NOT_A_REGISTRY = 421;
/** The TLS handshake failed. A registry itself never returns this status. */
export const TLS_FAILED = 495;
const UNREACHABLE = 503;

/** An error response, or none at all. */
class RegistryError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Requests about subjects that the client library lacks. Errors have a `status`, as those of the library. */
export class Subjects {
  readonly #options: ConfluentOptions;
  readonly #turns = new Turns(MAX_REQUESTS);
  /** subjects whose compatibility has been checked */
  readonly #checked = new Set<string>();

  constructor(options: ConfluentOptions) {
    this.#options = options;
  }

  /** The id of a schema under a subject, undefined when it is not registered there. */
  async find(subject: string, schema: string): Promise<number | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}`;
    return (await this.#find<{ id: number }>('POST', path, { schema }))?.id;
  }

  /** The texts of all versions of a subject by their numbers, oldest first. */
  async versions(subject: string): Promise<Map<number, string>> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const texts = new Map<number, string>();
    for (const version of await this.#request<number[]>('GET', path)) {
      texts.set(version, (await this.#request<{ schema: string }>('GET', `${path}/${version}`)).schema);
    }
    return texts;
  }

  /**
   * Sets the compatibility of a subject to FULL_TRANSITIVE before the first version is registered: the library sets it
   * afterwards, or not at all when it is interrupted.
   */
  async ensureCompatibility(subject: string): Promise<void> {
    if (this.#checked.has(subject)) return;
    const path = `/config/${encodeURIComponent(subject)}`;
    const level = (await this.#find<{ compatibilityLevel: string }>('GET', path))?.compatibilityLevel;
    if (level === undefined || level === UNSET) {
      await this.#request('PUT', path, { compatibility: COMPATIBILITY });
    } else if (level !== COMPATIBILITY) {
      throw new Error(`its compatibility is ${level}, not ${COMPATIBILITY}`);
    }
    this.#checked.add(subject);
  }

  /** The response; undefined for 404. */
  async #find<T extends object>(method: string, path: string, body?: object): Promise<T | undefined> {
    try {
      return await this.#request<T>(method, path, body);
    } catch (error) {
      if (error instanceof RegistryError && error.status === NOT_FOUND) return undefined;
      throw error;
    }
  }

  #request<T extends object>(method: string, path: string, body?: object): Promise<T> {
    return this.#turns.take(() => this.#answer<T>(method, path, body));
  }

  async #answer<T extends object>(method: string, path: string, body?: object): Promise<T> {
    const { url, auth, signal } = this.#options;
    const credentials = auth && Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
    const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      method,
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        ...(credentials && { authorization: `Basic ${credentials}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    }).catch((error: unknown) => {
      const failed = withoutResponse(error instanceof Error ? (error.cause ?? error) : error);
      this.#turns.rejectWaiting(failed);
      throw failed;
    });
    const text = await response.text();
    if (!response.ok) throw errorOf(response.status, text);
    return parsed<T>(text) ?? raise(new RegistryError(NOT_A_REGISTRY, NO_REGISTRY_MESSAGE));
  }
}

const NO_REGISTRY_MESSAGE = 'there is no schema registry at this URL';

/** The error of a request without a response. */
function withoutResponse(cause: unknown): RegistryError {
  const code = systemCodeOf(cause) ?? '';
  if (isUntrusted(code)) return new RegistryError(TLS_FAILED, messageOf(cause));
  if (isNotTls(code)) return new RegistryError(TLS_FAILED, 'it does not speak TLS');
  return new RegistryError(UNREACHABLE, messageOf(cause));
}

/** A registry answers 404 with a JSON body that has an `error_code`; other servers do not. */
function errorOf(status: number, text: string): RegistryError {
  const { message, error_code: code } = parsed<{ message?: string; error_code?: number }>(text) ?? {};
  if (status === NOT_FOUND && code === undefined)
    return new RegistryError(NOT_A_REGISTRY, NO_REGISTRY_MESSAGE);
  return new RegistryError(status, message ?? `HTTP ${status}`);
}

/** undefined if the text is not a JSON object or array. */
function parsed<T extends object>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

function raise(error: Error): never {
  throw error;
}
