import type { Schema } from 'avsc';

/** A field of an event, or of a record inside it. */
export interface EventField {
  name: string;
  type: Schema;
  doc?: string;
  default?: unknown;
  /** set where the value is the digest of an artifact: of a single file, or of a bundle (its SHA256SUMS) */
  artifact?: 'file' | 'bundle';
}

/** One `.avsc`: an Avro record that also says which kind of event it is and which field names its aggregate. */
export interface EventSchema {
  type: 'record';
  name: string;
  namespace: string;
  kind: 'request' | 'fact';
  /** the field that names the aggregate, or several, joined by a slash */
  key: string | readonly string[];
  doc: string;
  fields: EventField[];
}

/** The schemas of a stream's events. */
export interface StreamSchemas {
  name: string;
  events: readonly EventSchema[];
}
