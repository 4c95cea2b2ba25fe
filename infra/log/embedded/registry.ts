import { createHash } from 'node:crypto';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { SchemaRegistry } from '../../../kernel/ports/registry.ts';
import type { Environment } from './databases.ts';
import type { Writer } from './writer.ts';

export interface Registered {
  id: number;
  schema: string;
  /** the subjects it was registered under, first to last */
  subjects: readonly string[];
}

/** The schema registry in the same LMDB file as the records. Ids count from 1. */
export class EmbeddedRegistry implements SchemaRegistry {
  readonly #env: Environment;
  readonly #writer: Writer;

  constructor(env: Environment, writer: Writer) {
    this.#env = env;
    this.#writer = writer;
  }

  async idOf(subject: string, schema: string): Promise<number> {
    const hash = createHash('sha256').update(schema).digest('hex');
    const id = this.#env.schemaIds.get(hash);
    const known = id === undefined ? undefined : this.#env.schemas.get(id);
    if (id !== undefined && known?.subjects.includes(subject)) return id;
    return this.#writer.write(() => this.#register(subject, schema, hash));
  }

  async schemaOf(id: number): Promise<string> {
    const known = this.#env.schemas.get(id);
    if (known) return known.schema;
    throw new EpochlogError('SCHEMA_UNKNOWN', `no schema with id ${id} in ${this.#env.path}`);
  }

  /** All schemas by id: what another registry needs to decode this log. */
  async list(): Promise<Registered[]> {
    return this.#env.schemas.entries().map(([id, schema]) => ({ id, ...schema }));
  }

  /** In a transaction, so that two processes cannot give one id to two schemas. */
  #register(subject: string, schema: string, hash: string): number {
    const { schemas, schemaIds } = this.#env;
    const id = schemaIds.get(hash) ?? schemas.entries().length + 1;
    const subjects = schemas.get(id)?.subjects ?? [];
    if (!subjects.includes(subject)) schemas.putSync(id, { schema, subjects: [...subjects, subject] });
    schemaIds.putSync(hash, id);
    return id;
  }
}
