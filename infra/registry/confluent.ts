import { COMPATIBILITY, SchemaRegistry as Confluent, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EpochlogError, type ErrorCode, messageOf } from '../../kernel/errors.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import type { ConfluentOptions } from './options.ts';
import { MISDIRECTED, Subjects, UNTRUSTED } from './subjects.ts';

type Middlewares = NonNullable<ConstructorParameters<typeof Confluent>[0]['middlewares']>;

const RETRY = { retries: 5, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 2 };
const LIBRARY_PREFIX = /^Confluent_Schema_Registry - (Error, status \d+: )?/;
const NO_ANSWER = /ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|EPIPE|socket hang up/;

/**
 * A schema registry that speaks Confluent's HTTP interface. Every version of a subject is compatible with every
 * other, both ways. Errors: REGISTRY_UNAVAILABLE, SCHEMA_INCOMPATIBLE, SCHEMA_UNKNOWN, and CONFIG_INVALID for
 * credentials that it refuses and a certificate that is not to be trusted.
 */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #options: ConfluentOptions;
  readonly #registry: Confluent;
  readonly #subjects: Subjects;
  readonly #texts = new Map<number, string>();

  constructor(options: ConfluentOptions) {
    this.#options = options;
    this.#subjects = new Subjects(options);
    this.#registry = new Confluent({
      host: options.url,
      ...(options.auth && { auth: options.auth }),
      retry: RETRY,
      middlewares: [keepTexts(this.#texts)],
    });
  }

  get url(): string {
    return this.#options.url;
  }

  async idOf(subject: string, schema: string): Promise<number> {
    const id = await this.find(subject, schema);
    if (id === undefined && !this.#options.register) {
      const advice = 'register the schemas with `epochlog schemas push`';
      throw new EpochlogError('SCHEMA_UNKNOWN', `${this.url} does not know this ${subject}: ${advice}`);
    }
    if (this.#options.register) await this.#attempt(subject, () => this.#subjects.guard(subject));
    const known = id ?? (await this.#register(subject, schema));
    this.#texts.set(known, schema);
    return known;
  }

  async schemaOf(id: number): Promise<string> {
    if (!this.#texts.has(id)) await this.#attempt(`schema ${id}`, () => this.#registry.getSchema(id));
    return this.#texts.get(id)!;
  }

  /** The id of a schema under a subject, undefined when it is not registered there. */
  find(subject: string, schema: string): Promise<number | undefined> {
    return this.#attempt(subject, () => this.#subjects.find(subject, schema));
  }

  /** The texts of all versions of a subject by their numbers, oldest first. */
  versions(subject: string): Promise<Map<number, string>> {
    return this.#attempt(subject, () => this.#subjects.versions(subject));
  }

  async #register(subject: string, schema: string): Promise<number> {
    const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
    const register = () => this.#registry.register({ type: SchemaType.AVRO, schema }, options);
    return (await this.#attempt(subject, register)).id;
  }

  async #attempt<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw this.#translated(error, what);
    }
  }

  #translated(error: unknown, what: string): EpochlogError {
    const failed = (code: ErrorCode, advice: string) => {
      const said = messageOf(error).replace(LIBRARY_PREFIX, '');
      const message = `${what} at ${this.url}: ${said}; ${advice}`;
      return new EpochlogError(code, message, { cause: error });
    };
    const status = statusOf(error);
    if (status >= 500 || NO_ANSWER.test(messageOf(error))) {
      return failed(
        'REGISTRY_UNAVAILABLE',
        'check that the schema registry runs and can be reached from here',
      );
    }
    switch (status) {
      case 401:
      case 403:
        return failed('CONFIG_INVALID', 'check EPOCHLOG_REGISTRY_USER and EPOCHLOG_REGISTRY_PASSWORD');
      case UNTRUSTED:
        return failed(
          'CONFIG_INVALID',
          'name the file with the certificate of its authority in NODE_EXTRA_CA_CERTS, and scheme and host in EPOCHLOG_REGISTRY as they are',
        );
      case 404:
        return failed('SCHEMA_UNKNOWN', 'the registry has none of this name or number');
      case 409:
        return failed('SCHEMA_INCOMPATIBLE', 'add fields with defaults only, or give the event a new name');
      case MISDIRECTED:
        return failed(
          'CONFIG_INVALID',
          'check the path too: the interface of Confluent has one of its own in some',
        );
      default:
        return failed('CONFIG_INVALID', 'check that the subject has compatibility FULL_TRANSITIVE');
    }
  }
}

/** The HTTP status behind an error; 0 when there is none. */
const statusOf = (error: unknown): number =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;

/** The library parses schemas and forgets their text. This keeps the text of those that it fetches. */
const keepTexts =
  (texts: Map<number, string>): Middlewares[number] =>
  () => ({
    async response(next) {
      const response = await next();
      const id = /\/schemas\/ids\/(\d+)/.exec(response.request().path())?.[1];
      if (id !== undefined) texts.set(Number(id), response.data<{ schema: string }>().schema);
      return response;
    },
  });
