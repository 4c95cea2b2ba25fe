import { COMPATIBILITY, SchemaRegistry as Confluent, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EpochlogError, type ErrorCode, messageOf } from '../../kernel/errors.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';

export interface ConfluentOptions {
  /** base URL, with the path of its Confluent-compatible interface if that is not its root */
  url: string;
  auth?: { username: string; password: string };
  /** whether an unknown schema is registered: a service only looks, `epochlog schemas push` writes */
  register: boolean;
}

type Middlewares = NonNullable<ConstructorParameters<typeof Confluent>[0]['middlewares']>;

const RETRY = { retries: 5, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 2 };
const NO_ANSWER = /ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|EPIPE|socket hang up/;

/**
 * A schema registry that speaks Confluent's HTTP interface. Every version of a subject is compatible with every
 * other, both ways. Errors: REGISTRY_UNAVAILABLE, SCHEMA_INCOMPATIBLE, SCHEMA_UNKNOWN, and CONFIG_INVALID for
 * credentials that it refuses.
 */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #options: ConfluentOptions;
  readonly #registry: Confluent;
  readonly #texts = new Map<number, string>();

  constructor(options: ConfluentOptions) {
    this.#options = options;
    this.#registry = new Confluent({
      host: options.url,
      ...(options.auth && { auth: options.auth }),
      retry: RETRY,
      middlewares: [keepTexts(this.#texts)],
    });
  }

  async idOf(subject: string, schema: string): Promise<number> {
    const id = await this.#find(subject, schema);
    if (id === undefined && !this.#options.register) {
      const advice = 'register the schemas with `epochlog schemas push`';
      throw new EpochlogError(
        'SCHEMA_UNKNOWN',
        `${this.#options.url} does not know this ${subject}: ${advice}`,
      );
    }
    const known = id ?? (await this.#register(subject, schema));
    this.#texts.set(known, schema);
    return known;
  }

  async schemaOf(id: number): Promise<string> {
    if (!this.#texts.has(id)) {
      try {
        await this.#registry.getSchema(id);
      } catch (error) {
        throw this.#translated(error, `schema ${id}`);
      }
    }
    return this.#texts.get(id)!;
  }

  async #find(subject: string, schema: string): Promise<number | undefined> {
    try {
      return await this.#registry.getRegistryIdBySchema(subject, { type: SchemaType.AVRO, schema });
    } catch (error) {
      const failure = this.#translated(error, subject);
      if (failure instanceof EpochlogError && failure.code === 'SCHEMA_UNKNOWN') return undefined;
      throw failure;
    }
  }

  async #register(subject: string, schema: string): Promise<number> {
    try {
      const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
      return (await this.#registry.register({ type: SchemaType.AVRO, schema }, options)).id;
    } catch (error) {
      throw this.#translated(error, subject);
    }
  }

  #translated(error: unknown, what: string): unknown {
    const failed = (code: ErrorCode, advice: string) => {
      const message = `${what} at ${this.#options.url}: ${messageOf(error)}; ${advice}`;
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
        return failed('CONFIG_INVALID', 'check the user and the password of the schema registry');
      case 404:
        return failed('SCHEMA_UNKNOWN', 'the registry has none of this name or number');
      case 409:
        return failed('SCHEMA_INCOMPATIBLE', 'add fields with defaults only, or give the event a new name');
      default:
        return failed(
          'CONFIG_INVALID',
          'check the URL, and whether the subject has compatibility FULL_TRANSITIVE',
        );
    }
  }
}

/** The HTTP status behind an error; 0 when there is none. What is not found has lost its own. */
function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ('status' in error && typeof error.status === 'number') return error.status;
  return error.name === 'ConfluentSchemaRegistryError' ? 404 : 0;
}

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
