import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { LoggedEvent } from '../../schemas/catalogue.ts';
import { MirrorFault } from './client.ts';
import { dayOf, named } from './naming.ts';
import type { MlflowServer } from './server.ts';
import type { MirrorSettings } from './settings.ts';

/** What is written. */
export const MIRRORED = [
  'SearchStarted',
  'TrainingRequested',
  'TrainingStarted',
  'EpochCompleted',
  'TrainingCompleted',
  'TrainingFailed',
  'RunCancelled',
  'RunRefused',
  'EvaluationCompleted',
  'SearchCompleted',
  'VersionRegistered',
  'VersionPromoted',
  'VersionRolledBack',
  'VersionArchived',
] as const;
export type MirroredType = (typeof MIRRORED)[number];
export type MirroredEvent = LoggedEvent<MirroredType>;

/** What an event became on the server. */
export interface Written {
  readonly model: string | null;
  readonly mlflowRunId: string | null;
  readonly mlflowVersion: string | null;
}

export interface Mirror {
  readonly server: MlflowServer;
  readonly settings: MirrorSettings;
  readonly artifacts: ArtifactStore;
  /** the run of the server that is one of ours, or a search of ours */
  mlflowRunOf(aggregate: string): string | undefined;
}

/** Writes what events of these types say. @throws MirrorFault */
export type Writers<Types extends MirroredType> = {
  [T in Types]: (event: Extract<MirroredEvent, { type: T }>, mirror: Mirror) => Promise<Written>;
};

/** Tags that say what a run, search or version of the server is here. */
export const RUN_TAG = 'epochlog.run_id';
export const SEARCH_TAG = 'epochlog.search_id';
/** Of a trial: another one than that by which its search is found. */
export const TRIAL_TAG = 'epochlog.trial_of';
export const VERSION_TAG = 'epochlog.version';
/** The folder of a package among the artifacts of a run. */
export const PACKAGE = 'package';
export const SOURCE = {
  'mlflow.source.name': 'epochlog',
  'mlflow.source.type': 'JOB',
  'mlflow.user': 'epochlog',
};

/** Experiment and name of a run. */
export function placeOf(
  { settings }: Mirror,
  { model, engine, run, time }: { model: string; engine: string; run: string; time: number },
): { experiment: string; name: string; startTime: number } {
  return {
    experiment: named(settings.experiment, { model }),
    name: named(settings.runName, { model, engine, run, date: dayOf(time) }),
    startTime: time,
  };
}

/** The run of the server. @throws MirrorFault */
export function runOf(aggregate: string, { mlflowRunOf }: Mirror): string {
  const found = mlflowRunOf(aggregate);
  if (found !== undefined) return found;
  throw new MirrorFault(
    'NOT_MIRRORED',
    `${aggregate} is not on the server: it began before EPOCHLOG_MIRROR_SINCE, or was given up`,
    true,
  );
}
