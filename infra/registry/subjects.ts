import { messageOf, systemCodeOf } from '../../kernel/errors.ts';
import { isNotTls, isUntrusted } from '../tls.ts';
import type { ConfluentOptions } from './options.ts';

const COMPATIBILITY = 'FULL_TRANSITIVE';
const UNSET = 'NONE'; // what some registries say of a subject to which nobody has given a level
const TIMEOUT_MS = 10_000;

const NOT_FOUND = 404;
/** What answers at the URL knows nothing of subjects: no status that a registry gives. */
export const MISDIRECTED = 421;
/** Its certificate is not to be trusted, or it speaks no TLS: likewise. */
export const UNTRUSTED = 495;
const NO_ANSWER = 503;

/** An answer that is an error, or none. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the client library does not do with subjects, or forgets about. It fails as that does: with a `status`. */
export class Subjects {
  readonly #options: ConfluentOptions;
  /** those seen to have the compatibility that is needed */
  readonly #guarded = new Set<string>();

  constructor(options: ConfluentOptions) {
    this.#options = options;
  }

  /** The id of a schema under a subject, undefined when it is not registered there. */
  async find(subject: string, schema: string): Promise<number | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}`;
    return (await this.#look<{ id: number }>('POST', path, { schema }))?.id;
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
   * Sees to it that every version of a subject has to be compatible with every other, both ways, before one is
   * registered: the library would do so after the first, and not at all when it is interrupted between.
   */
  async guard(subject: string): Promise<void> {
    if (this.#guarded.has(subject)) return;
    const path = `/config/${encodeURIComponent(subject)}`;
    const level = (await this.#look<{ compatibilityLevel: string }>('GET', path))?.compatibilityLevel;
    if (level === undefined || level === UNSET) {
      await this.#request('PUT', path, { compatibility: COMPATIBILITY });
    } else if (level !== COMPATIBILITY) {
      throw new Error(`its compatibility is ${level}, not ${COMPATIBILITY}`);
    }
    this.#guarded.add(subject);
  }

  /** The answer, undefined when the registry says that there is no such thing. */
  async #look<T extends object>(method: string, path: string, body?: object): Promise<T | undefined> {
    try {
      return await this.#request<T>(method, path, body);
    } catch (error) {
      if (error instanceof Refusal && error.status === NOT_FOUND) return undefined;
      throw error;
    }
  }

  async #request<T extends object>(method: string, path: string, body?: object): Promise<T> {
    const { url, auth, signal } = this.#options;
    const credentials = auth && Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
    const answer = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      method,
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        ...(credentials && { authorization: `Basic ${credentials}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    }).catch((error: unknown) => {
      throw unanswered(error instanceof Error ? (error.cause ?? error) : error);
    });
    const said = await answer.text();
    if (!answer.ok) throw refusal(answer.status, said);
    return parsed<T>(said) ?? raise(new Refusal(MISDIRECTED, NO_REGISTRY));
  }
}

const NO_REGISTRY = 'there is no schema registry at this URL';

/** What has become of a request to which there was no answer. */
function unanswered(cause: unknown): Refusal {
  const code = systemCodeOf(cause) ?? '';
  if (isUntrusted(code)) return new Refusal(UNTRUSTED, messageOf(cause));
  if (isNotTls(code)) return new Refusal(UNTRUSTED, 'it does not speak TLS');
  return new Refusal(NO_ANSWER, messageOf(cause));
}

/** A registry says what it does not find in JSON, with a code of its own. */
function refusal(status: number, said: string): Refusal {
  const { message, error_code: code } = parsed<{ message?: string; error_code?: number }>(said) ?? {};
  if (status === NOT_FOUND && code === undefined) return new Refusal(MISDIRECTED, NO_REGISTRY);
  return new Refusal(status, message ?? `HTTP ${status}`);
}

/** undefined for what is no JSON object or array. */
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
