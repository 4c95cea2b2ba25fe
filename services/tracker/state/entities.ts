import type {
  TrackedInputsLoggedDataset,
  TrackedInputsLoggedOutput,
  TrackedValuesLoggedMetric,
} from '../../../schemas/events.generated.ts';

export type Lifecycle = 'active' | 'deleted';

/** A tag or a parameter. */
export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Experiment {
  readonly experimentId: string;
  name: string;
  readonly artifactLocation: string;
  lifecycle: Lifecycle;
  readonly createdAt: number;
  updatedAt: number;
  readonly tags: Map<string, string>;
  readonly runs: Set<string>;
  readonly models: Set<string>;
}

/** The last value of a metric: of the highest step, then timestamp, then value. */
export type Metric = TrackedValuesLoggedMetric;

export interface Run {
  readonly runId: string;
  readonly experimentId: string;
  name: string;
  readonly userName: string;
  status: string;
  readonly startedAt: number;
  endedAt: number | null;
  lifecycle: Lifecycle;
  readonly artifactUri: string;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly metrics: Map<string, Metric>;
  /** by name and digest */
  readonly datasets: Map<string, TrackedInputsLoggedDataset>;
  readonly inputModels: Set<string>;
  readonly outputModels: Map<string, TrackedInputsLoggedOutput>;
}

/** A model that was logged, before anybody registers it. */
export interface LoggedModel {
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string | null;
  readonly runId: string | null;
  status: string;
  lifecycle: Lifecycle;
  readonly createdAt: number;
  updatedAt: number;
  readonly artifactUri: string;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  /** by name, dataset and run */
  readonly metrics: Map<string, Metric & { readonly ofRun: string }>;
}

export interface RegisteredVersion {
  readonly version: number;
  readonly source: string;
  readonly runId: string | null;
  readonly modelId: string | null;
  readonly runLink: string | null;
  description: string;
  stage: string;
  lifecycle: Lifecycle;
  readonly createdAt: number;
  updatedAt: number;
  readonly tags: Map<string, string>;
}

export interface RegisteredModel {
  /** the name that it was created with: it stays the key of its events */
  readonly key: string;
  name: string;
  description: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly tags: Map<string, string>;
  readonly aliases: Map<string, number>;
  /** all there ever were: numbers are not given twice */
  readonly versions: Map<number, RegisteredVersion>;
}

/** A file of a run or a logged model. */
export interface StoredFile {
  readonly digest: string;
  readonly bytes: number;
}

/** All entities, by id unless it says otherwise. */
export interface Entities {
  readonly experiments: Map<string, Experiment>;
  /** ids, by name */
  readonly experimentNames: Map<string, string>;
  readonly runs: Map<string, Run>;
  readonly models: Map<string, LoggedModel>;
  /** by the name of today */
  readonly registered: Map<string, RegisteredModel>;
  /** the name of today, by that at the creation */
  readonly registeredKeys: Map<string, string>;
  /** by root, then path */
  readonly files: Map<string, Map<string, StoredFile>>;
}

/** Sets and removes tags. */
export function changeTags(
  into: Map<string, string>,
  { tags, removedTags }: { tags: readonly Pair[]; removedTags?: readonly string[] },
): void {
  for (const { key, value } of tags) into.set(key, value);
  for (const key of removedTags ?? []) into.delete(key);
}

/** Whether a value comes after another in the history of a metric. */
export function isLater(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp;
  return a.value > b.value || Number.isNaN(b.value);
}
