import { COMPATIBILITY, SchemaRegistry as Confluent, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EpochlogError, type ErrorCode, messageOf } from '../../kernel/errors.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import type { ConfluentOptions } from './options.ts';
import { NOT_A_REGISTRY, Subjects, TLS_FAILED } from './subjects.ts';

type Middlewares = NonNullable<ConstructorParameters<typeof Confluent>[0]['middlewares']>;

const RETRY = { retries: 5, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 2 };
const LIBRARY_PREFIX = /^Confluent_Schema_Registry - (Error, status \d+: )?/;
const UNREACHABLE = /ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|EPIPE|socket hang up/;

/**
 * A schema registry with Confluent's HTTP interface. The compatibility of all subjects is FULL_TRANSITIVE. Errors:
 * REGISTRY_UNAVAILABLE, SCHEMA_INCOMPATIBLE, SCHEMA_UNKNOWN, and CONFIG_INVALID for refused credentials and a certificate
 * that cannot be verified.
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
      middlewares: [cacheTexts(this.#texts)],
    });
  }

  get url(): string {
    return this.#options.url;
  }

  async idOf(subject: string, schema: string): Promise<number> {
    const id = await this.find(subject, schema);
    if (id === undefined && !this.#options.register) {
      const advice = 'register the schemas with `epochlog schemas push`';
      throw new EpochlogError('SCHEMA_UNKNOWN', `${this.url} has no such schema of ${subject}: ${advice}`);
    }
    if (this.#options.register)
      await this.#attempt(subject, () => this.#subjects.ensureCompatibility(subject));
    const known = id ?? (await this.#register(subject, schema));
    this.#texts.set(known, schema);
    return known;
  }

  async schemaOf(id: number): Promise<string> {
    if (!this.#texts.has(id)) await this.#attempt(`schema ${id}`, () => this.#registry.getSchema(id));
    return this.#texts.get(id)!;
  }

  /** The id of a schema under a subject; undefined when it is not registered. */
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
      const reason = messageOf(error).replace(LIBRARY_PREFIX, '');
      const message = `${what} at ${this.url}: ${reason}; ${advice}`;
      return new EpochlogError(code, message, { cause: error });
    };
    const status = statusOf(error);
    if (status >= 500 || UNREACHABLE.test(messageOf(error))) {
      return failed(
        'REGISTRY_UNAVAILABLE',
        'check that the schema registry runs and can be reached from here',
      );
    }
    switch (status) {
      case 401:
      case 403:
        return failed('CONFIG_INVALID', 'check EPOCHLOG_REGISTRY_USER and EPOCHLOG_REGISTRY_PASSWORD');
      case TLS_FAILED:
        return failed(
          'CONFIG_INVALID',
          'set NODE_EXTRA_CA_CERTS to the file of its CA, and check scheme and host of EPOCHLOG_REGISTRY',
        );
      case 404:
        return failed('SCHEMA_UNKNOWN', 'it is not registered');
      case 409:
        return failed('SCHEMA_INCOMPATIBLE', 'add fields with defaults only, or give the event a new name');
      case NOT_A_REGISTRY:
        return failed(
          'CONFIG_INVALID',
          'check the path of EPOCHLOG_REGISTRY: some registries have the Confluent interface under a path',
        );
      default:
        return failed('CONFIG_INVALID', 'check that the subject has compatibility FULL_TRANSITIVE');
    }
  }
}

/** The HTTP status behind an error; 0 when there is none. */
const statusOf = (error: unknown): number =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;

/** The library parses schemas and drops their text: this middleware caches the text of fetched schemas. */
const cacheTexts =
  (texts: Map<number, string>): Middlewares[number] =>
  () => ({
    async response(next) {
      const response = await next();
      const id = /\/schemas\/ids\/(\d+)/.exec(response.request().path())?.[1];
      if (id !== undefined) texts.set(Number(id), response.data<{ schema: string }>().schema);
      return response;
    },
  });
