import type { Schema } from 'avsc';
import { filesOfBundle } from '../../kernel/bundle.ts';
import { EpochlogError, type ErrorCode, messageOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { EventField } from '../../kernel/schema.ts';
import { isFact, type LoggedEvent } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';

/** Findings beyond this number are only counted. */
const MAX_FINDINGS = 20;

/** Faults of an artifact itself; other errors mean that the store could not be read. */
const FAULTS: readonly ErrorCode[] = ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'PACKAGE_INVALID'];

export interface ArtifactReport {
  /** read and intact */
  artifacts: number;
  /** missing or damaged artifacts, and invalid bundles; the first of them */
  findings: string[];
  faults: number;
}

/** An artifact as an event names it: a single one, or the `SHA256SUMS` of a bundle that names others. */
interface Named {
  digest: string;
  isBundle: boolean;
}

/** Of each event with artifacts: its fields. The schemas say which fields hold digests (`artifact`). */
const FIELDS_BY_TYPE: ReadonlyMap<string, readonly EventField[]> = new Map(
  loadSchemas()
    .flatMap(({ events }) => events)
    .filter(({ fields }) => JSON.stringify(fields).includes('"artifact":'))
    .map(({ name, fields }) => [name, fields]),
);

/** The artifacts that the data of an event name, also those of records and lists inside it. */
function* namedIn(data: unknown, fields: readonly EventField[]): Iterable<Named> {
  for (const { name, type, artifact } of fields) {
    const value: unknown = Object(data)[name];
    if (artifact === undefined) yield* namedInside(value, type);
    else if (typeof value === 'string') yield { digest: value, isBundle: artifact === 'bundle' };
  }
}

function* namedInside(value: unknown, type: Schema): Iterable<Named> {
  if (value === null || value === undefined) return;
  for (const option of Array.isArray(type) ? type : [type]) {
    if (typeof option !== 'object' || !('type' in option)) continue;
    if (option.type === 'record' && 'fields' in option) yield* namedIn(value, option.fields as EventField[]);
    if (option.type === 'array' && 'items' in option && Array.isArray(value))
      for (const item of value) yield* namedInside(item, option.items as Schema);
  }
}

/** An event that names an artifact. */
interface Naming {
  /** when it was written */
  time: number;
  event: string;
  cause: string | null;
  isRequest: boolean;
}

interface Noted {
  isBundle: boolean;
  /** the first event that names it */
  by: string;
  namings: Naming[];
}

/** The artifacts that the events of a log name. */
export class NamedArtifacts {
  readonly #noted = new Map<string, Noted>();
  /** causes of a refusal since an artifact was missing or damaged */
  readonly #refused = new Set<string>();
  /** causes of any refusal */
  readonly #declined = new Set<string>();
  /** when artifacts were deleted, as the log says */
  readonly #deleted = new Map<string, number>();

  note(event: LoggedEvent): void {
    for (const { digest, isBundle } of namedIn(event.data, FIELDS_BY_TYPE.get(event.type) ?? [])) {
      const known = this.#noted.get(digest);
      const by = `${event.type} of ${event.subject}`;
      this.#noted.set(digest, {
        isBundle: isBundle || known?.isBundle === true,
        by: known?.by ?? by,
        namings: [
          ...(known?.namings ?? []),
          { event: event.id, time: event.time, cause: event.causationId, isRequest: !isFact(event.type) },
        ],
      });
    }
    for (const digest of deletedBy(event)) this.#deleted.set(digest, event.time);
    const { data, causationId } = event;
    if (causationId === null) return;
    if (event.type.endsWith('Refused')) this.#declined.add(causationId);
    if ('code' in data && isArtifactCode(data.code)) this.refused(causationId);
  }

  /** Notes that a request was refused because its artifact was missing or damaged: that one is no fault. */
  refused(event: string): void {
    this.#refused.add(event);
  }

  /** Reads them one at a time, and the files of the bundles. */
  async check(store: ArtifactStore): Promise<ArtifactReport> {
    const check = new ArtifactCheck(store);
    for (const [digest, { isBundle, by, namings }] of this.#noted) {
      const deletedAt = this.#deleted.get(digest) ?? -Infinity;
      if (namings.every((naming) => naming.time <= deletedAt || this.#isRefused(naming))) continue;
      await check.check({ digest, isBundle }, by);
    }
    return check.report;
  }

  /** Whether nothing came of what names the artifact: it need not be there. */
  #isRefused({ event, cause, isRequest }: Naming): boolean {
    if (isRequest && this.#declined.has(event)) return true;
    return this.#refused.has(event) || (cause !== null && this.#refused.has(cause));
  }
}

/** Digests of the artifacts that an event says are deleted. */
function deletedBy({ type, data }: LoggedEvent): readonly string[] {
  if (type === 'CheckpointDeleted') return [data.checkpoint];
  return type === 'PackageDeleted' || type === 'VersionExpired' ? [data.package] : [];
}

class ArtifactCheck {
  readonly report: ArtifactReport = { artifacts: 0, findings: [], faults: 0 };
  readonly #store: ArtifactStore;
  readonly #done = new Set<string>();

  constructor(store: ArtifactStore) {
    this.#store = store;
  }

  async check({ digest, isBundle }: Named, by: string): Promise<void> {
    if (this.#done.has(digest)) return;
    this.#done.add(digest);
    try {
      await this.#store.check(digest);
      this.report.artifacts += 1;
      if (!isBundle) return;
      for (const { name, digest: part } of filesOfBundle(await this.#store.get(digest)))
        await this.check({ digest: part, isBundle: false }, `${name} in the package of ${by}`);
    } catch (error) {
      this.#found(error, by);
    }
  }

  #found(error: unknown, by: string): void {
    if (!(error instanceof EpochlogError) || !FAULTS.includes(error.code)) throw error;
    this.report.faults += 1;
    if (this.report.findings.length < MAX_FINDINGS)
      this.report.findings.push(`${by}: ${messageOf(error)} [${error.code}]`);
  }
}

/** Whether an error says that an artifact is missing or damaged. */
export const isArtifactCode = (code: unknown): boolean =>
  code === 'ARTIFACT_MISSING' || code === 'ARTIFACT_CORRUPT';
