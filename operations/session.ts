import type { Config } from '../infra/config/schema.ts';
import type { DeadLetters } from '../kernel/dead-letters/dead-letters.ts';
import type { ArtifactStore } from '../kernel/ports/artifacts.ts';
import type { EventLog } from '../kernel/ports/log.ts';
import type { NamedQuery, Warehouse } from '../kernel/ports/warehouse.ts';
import type { Codec, EventReader, Publisher } from '../schemas/catalogue.ts';

/** The log and the artifacts, open for reading and appending. Any number of processes may have them open. */
export interface Store {
  log: EventLog;
  codec: Codec;
  events: EventReader;
  publisher: Publisher;
  deadLetters: DeadLetters;
  artifacts: ArtifactStore;
  close(): Promise<void>;
}

/** A store with running services, in this process or another. */
export interface Session extends Store {
  config: Config;
  warehouse: Warehouse;
  /** rows of a named query of projections/, `<question>/<name>` */
  query: NamedQuery;
  /** base URL of the HTTP API */
  url: string;
  /**
   * posts to the HTTP API. A problem answer is thrown as the error that it names; INTERRUPTED when there is no answer,
   * because the services are being stopped
   */
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  /**
   * resolves when all services except those named have lag 0. Services that run everywhere in other processes are not
   * asked
   */
  quiet(except?: readonly string[]): Promise<void>;
  /** whether this process runs the services, and no other can run any on the same log */
  alone: boolean;
  /** aborts when the user interrupts or the services fail; its reason is the error to report */
  signal: AbortSignal;
}
