import type { Expectation } from '../ml/expectations/expectation.ts';
import type { Instance, InstanceSchema } from '../ml/instance/schema.ts';
import type { CsvColumns } from '../ml/records/csv.ts';
import type { CleaningStep } from '../ml/text/clean.ts';
import type { Revision } from './revision.ts';

/** What is learnt: one of some classes (those of the data when none are named), any number of them, or a number. */
export type Target =
  | { readonly type: 'classification' | 'multilabel'; readonly labels: readonly string[] | null }
  | {
      readonly type: 'regression';
      readonly unit: string | null;
      readonly minimum: number | null;
      readonly maximum: number | null;
    };

/** A record as it came: what a model may be asked about, and what is known of it. */
export interface TaskRecord {
  /** names it within its task */
  readonly id: string;
  /** ISO 8601, a day or an instant: when it was, which orders records; null for a task without time */
  readonly time: string | null;
  /** records of one group stay in one split; null without */
  readonly group: string | null;
  readonly instance: Instance;
  /** null where it is not known yet; of several labels their set as one text (ml/label-sets.ts) */
  readonly target: string | number | null;
  /** further labels that it also has: it is no example against those */
  readonly otherLabels: readonly string[];
  /** its owner has taken it back: it is not learnt from, and no longer if it was */
  readonly withdrawn?: boolean;
  /** which of the revisions of the record this is, where its source says so: an older one replaces nothing */
  readonly revision?: Revision;
}

/** A record that may be learnt from. */
export interface Sample extends TaskRecord {
  readonly target: string | number;
  /** steps of cleaning that changed its texts */
  readonly cleaning: readonly CleaningStep[];
}

/** Why something is not what it should be: `code` is stable for programs, `reason` is for people. */
export interface Fault {
  readonly code: string;
  readonly reason: string;
  /** of a row without a record: its id and its time where at least those can be read */
  readonly id?: string;
  readonly time?: string;
}

/** A record, or why a row holds none. */
export type ReadRecord =
  | { readonly record: TaskRecord; readonly fault?: undefined }
  | { readonly record?: undefined; readonly fault: Fault };

/** A sample, or why its record cannot be learnt from. */
export type Prepared =
  | { readonly sample: Sample; readonly rejection?: undefined }
  | { readonly sample?: undefined; readonly rejection: Fault };

/**
 * What a model learns. Each is a folder of this room, found by its name: with code (`task.ts`, which exports `task`), or
 * as a declaration (`task.yaml`). All of it is pure.
 */
export interface Task {
  /** as in topics, files and commands: lower case, digits, hyphens */
  readonly name: string;
  /** another one where a decision on the same record may be another */
  readonly version: string;
  readonly description: string;
  readonly schema: InstanceSchema;
  readonly target: Target;
  /** the columns that a CSV file must or may have */
  readonly columns: CsvColumns;
  /** the fields of a row that its event keeps: `read` of these alone gives the same record */
  readonly storedColumns: readonly string[];
  /** The record in an object: a line of JSON, or a row of CSV with its cells typed by `columns`. */
  read(row: Readonly<Record<string, unknown>>): ReadRecord;
  /** An instance as a model reads it: texts without their markup. */
  clean(instance: Instance): Instance;
  /** The record as a sample, cleaned. */
  prepare(record: TaskRecord): Prepared;
  /** Keys beside the id: of two samples with a key in common the later one is a duplicate. */
  duplicateKeys(
    sample: Pick<TaskRecord, 'instance'>,
  ): readonly { readonly match: string; readonly key: string }[];
  /** which texts are near-duplicates; absent where only equal ones are looked for */
  readonly nearDuplicates?: NearDuplicateRule;
  /**
   * The groups that a sample is in, of a task where these are several, such as those of its authors: `grouped` splits keep what is
   * linked by them together, as far as possible. Absent: the one `group` of a record.
   */
  groupsOf?(sample: Pick<TaskRecord, 'instance' | 'group'>): readonly string[];
  /** what a dataset must be like; one that breaks a critical one is not sealed */
  readonly expectations?: readonly Expectation[];
}

/** Of two samples whose texts are as similar as this the later one is a duplicate. */
export interface NearDuplicateRule {
  /** the least Jaccard similarity of their shingles of three words, 0.5 to 1 */
  readonly similarity: number;
  /** those further apart in time are not compared, milliseconds; null for no bound */
  readonly window: number | null;
  /** fields of an instance that are compared, as one text */
  readonly fields: readonly string[];
}
