import type { EventReader, LoggedEvent } from '../catalogue.ts';
import { RUN_STEPS } from '../runs/states.ts';

const OF_RUN = [...RUN_STEPS, 'TrainingPlanned', 'RunReported', 'EpochCompleted', 'TrainingReused'] as const;
const OF_VERSION = [
  'VersionRegistered',
  'GatesEvaluated',
  'ReviewOpened',
  'ReviewRecorded',
  'ReviewConcluded',
  'ReviewOverdue',
  'VersionApproved',
  'VersionPromoted',
  'PromotionRefused',
  'VersionArchived',
  'VersionRolledBack',
  'VersionTagged',
  'DeploymentStarted',
  'DeploymentCompleted',
  'DeploymentRolledBack',
] as const;
const TYPES = [...OF_RUN, ...OF_VERSION, 'ModelDeclared', 'DatasetSealed', 'EvaluationCompleted'] as const;

/** An event that belongs to where a version comes from, and to what became of it. */
export type LineageEvent = LoggedEvent<(typeof TYPES)[number]>;

type Found<Type extends LineageEvent['type']> = LoggedEvent<Type> | undefined;

/** Where a run comes from, and what became of it: its events, and those among them that say most. */
export interface Lineage {
  readonly model: string;
  readonly runId: string;
  /** the declaration that is in force now */
  readonly declared: Found<'ModelDeclared'>;
  readonly started: Found<'TrainingStarted'>;
  /** of a run that was not trained, since an earlier one had the same inputs */
  readonly reused: Found<'TrainingReused'>;
  /** of a run of another trainer */
  readonly reported: Found<'RunReported'>;
  /** of the run that was trained */
  readonly epochs: readonly LoggedEvent<'EpochCompleted'>[];
  readonly completed: Found<'TrainingCompleted'>;
  readonly failed: LoggedEvent<'TrainingFailed' | 'RunCancelled'> | undefined;
  readonly dataset: Found<'DatasetSealed'>;
  /** of its package on the test split, the last */
  readonly evaluation: Found<'EvaluationCompleted'>;
  readonly registered: Found<'VersionRegistered'>;
  /** all of them but epochs, in the order of the log */
  readonly events: readonly LineageEvent[];
}

/** What the log says of a run, and of the version that it became; undefined where there is no such run. */
export async function lineageOfRun(events: EventReader, runId: string): Promise<Lineage | undefined> {
  const all: LineageEvent[] = [];
  for await (const event of events.scan(TYPES)) all.push(event);
  const first = all.find(
    ({ type, data }) =>
      (OF_RUN as readonly string[]).includes(type) &&
      'runId' in data &&
      data.runId === runId &&
      'model' in data,
  );
  return first && 'model' in first.data ? lineage(all, first.data.model, runId) : undefined;
}

/** The same of a version; undefined where a model has no such version. */
export async function lineageOfVersion(
  events: EventReader,
  model: string,
  version: string,
): Promise<Lineage | undefined> {
  const all: LineageEvent[] = [];
  for await (const event of events.scan(TYPES)) all.push(event);
  const registered = all.find(
    ({ type, data }) => type === 'VersionRegistered' && data.model === model && data.version === version,
  );
  return registered?.type === 'VersionRegistered' ? lineage(all, model, registered.data.runId) : undefined;
}

function lineage(all: readonly LineageEvent[], model: string, runId: string): Lineage {
  const about = all.filter(({ data }) => !('model' in data) || data.model === model);
  const last = <Type extends LineageEvent['type']>(
    type: Type,
    is: (event: LoggedEvent<Type>) => boolean = () => true,
  ): Found<Type> =>
    about.findLast(
      (event): event is LoggedEvent<Type> & LineageEvent =>
        event.type === type && is(event as LoggedEvent<Type>),
    ) as Found<Type>;
  const ofRun = <Type extends LineageEvent['type']>(type: Type) =>
    last(type, ({ data }) => 'runId' in data && data.runId === runId);

  const registered = ofRun('VersionRegistered');
  const completed = ofRun('TrainingCompleted');
  const started = ofRun('TrainingStarted');
  const reused = ofRun('TrainingReused');
  const reported = ofRun('RunReported');
  const datasetId =
    registered?.data.datasetId ??
    started?.data.datasetId ??
    reported?.data.datasetId ??
    completed?.data.datasetId;
  const dataset = all.findLast(
    (event): event is LoggedEvent<'DatasetSealed'> & LineageEvent =>
      event.type === 'DatasetSealed' && event.data.datasetId === datasetId,
  );
  const digest = registered?.data.package ?? completed?.data.package ?? reported?.data.package;
  const evaluation = last(
    'EvaluationCompleted',
    ({ data }) => data.data === null && (data.runId === runId || data.package === digest),
  );
  const version = registered?.data.version;
  const trained = reused?.data.reusedFrom ?? runId;
  const isOwn = (event: LineageEvent) =>
    event.type !== 'EpochCompleted' &&
    (('runId' in event.data && event.data.runId === runId) ||
      ('version' in event.data && event.type !== 'ModelDeclared' && event.data.version === version) ||
      ('package' in event.data && event.data.package === digest) ||
      (event.type === 'EvaluationCompleted' &&
        event.data.version !== null &&
        event.data.version === version));
  const own = about.filter(isOwn);
  return {
    ...{ model, runId, started, reused, reported, completed, dataset, evaluation, registered },
    declared: last('ModelDeclared'),
    epochs: about.filter(
      (event): event is LoggedEvent<'EpochCompleted'> & LineageEvent =>
        event.type === 'EpochCompleted' && event.data.runId === trained,
    ),
    failed: ofRun('TrainingFailed') ?? ofRun('RunCancelled'),
    events: dataset ? [dataset, ...own] : own,
  };
}

/** A lineage for another system. */
export const toldLineage = ({ epochs, events, ...found }: Lineage) => ({
  model: found.model,
  version: found.registered?.data.version ?? null,
  runId: found.runId,
  engine: found.started?.data.engine ?? found.reported?.data.trainer ?? null,
  params: found.started?.data.params ?? found.reported?.data.params ?? {},
  seed: found.started?.data.seed ?? null,
  fromVersion: found.started?.data.fromVersion ?? null,
  dataset: datasetOf(found),
  package: found.registered?.data.package ?? null,
  modelHash: found.registered?.data.modelHash ?? null,
  evaluationId: found.evaluation?.data.evaluationId ?? null,
  epochs: epochs.length,
  events: events.map(({ id, type, time, topic, partition, offset, causationId }) => ({
    ...{ id, type, causationId, topic, partition, offset: String(offset) },
    time: new Date(time).toISOString(),
  })),
});

function datasetOf({ dataset }: Pick<Lineage, 'dataset'>) {
  if (!dataset) return null;
  const {
    datasetId,
    extends: base,
    artifact,
    contentHash,
    taskVersion,
    train,
    validation,
    test,
  } = dataset.data;
  const sources = dataset.data.sources.map(({ topic, partition, from, to }) => ({
    topic,
    partition,
    from,
    to,
  }));
  return { datasetId, extends: base, artifact, contentHash, taskVersion, train, validation, test, sources };
}
