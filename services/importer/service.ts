import { failureOf } from '../../kernel/errors.ts';
import { type NewEvent, newEvent, reactorService } from '../../schemas/catalogue.ts';
import type {
  DatasetSealed,
  RegisteredVersionCreated,
  TaskDeclared,
} from '../../schemas/events.generated.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, taskNamed, withAllDeclared, withDeclared } from '../../tasks/registry.ts';
import { PLACES, TrackedFiles } from './files.ts';
import { importVersion, lackingFor } from './import.ts';
import { VERSION_STEPS, WaitingVersions } from './waiting.ts';

const shipped = await loadTasks();

interface Saved {
  readonly models: Map<string, string>;
  readonly declared: TaskDeclared[];
  readonly datasets: Map<string, DatasetSealed>;
}

/** Tag of a version: what is still missing before it can be imported. */
const WAITING_TAG = 'epochlog.waiting';

/**
 * Versions that tracking clients create for a model that is declared become versions of it: their ONNX graph is checked and
 * packed, and reported as a run, which is evaluated, gated, deployed and monitored like any other. Those that were created before
 * the model was declared, or before its task had a dataset, follow when both are there.
 */
export const service = reactorService({
  name: 'importer',
  reactsTo: ['RegisteredVersionCreated', 'ModelDeclared', 'DatasetSealed', 'VersionRegistered', 'RunRefused'],
  stateFrom: [...PLACES, ...VERSION_STEPS, 'ModelDeclared', 'TaskDeclared', 'DatasetSealed'],
  start(context) {
    const files = new TrackedFiles(context.maps);
    const versions = context.maps<{ registeredModel: string; modelVersion: string }>('versions');
    const waiting = new WaitingVersions(context.maps);
    /** task of each model */
    let models = new Map<string, string>();
    let declared: TaskDeclared[] = [];
    let tasks: Tasks = shipped;
    let datasets = new Map<string, DatasetSealed>();

    async function imported(data: RegisteredVersionCreated): Promise<NewEvent[]> {
      const { registeredModel, modelVersion, runId: trackedRunId, requestedBy } = data;
      const task = models.get(registeredModel);
      if (task === undefined) return []; // it is no model of ours: a client keeps its models here
      const about = { registeredModel, modelVersion };
      const lacking = lackingFor(data, task, datasets);
      if (lacking !== undefined) return [tagged(about, WAITING_TAG, lacking)];
      try {
        const known = { files, task: taskNamed(tasks, task), datasets };
        const { digest, signature, dataset } = await importVersion(data, known, context);
        const { datasetId } = dataset;
        const runId = `${registeredModel}-mlflow-${modelVersion}`;
        const { trainedOn, trainer, libraries, parameters, metrics } = signature;
        return [
          newEvent('RegisteredVersionImported', {
            ...about,
            runId,
            trackedRunId,
            datasetId,
            package: digest,
          }),
          newEvent('RunReported', {
            ...{ runId, model: registeredModel, datasetId, trainedOn, trainer, libraries, metrics },
            ...{ params: parameters, package: digest, failure: null, startedAt: null, endedAt: null },
            contentHash: signature.dataset === undefined ? null : dataset.contentHash,
            change: null,
            reason: `version ${modelVersion} of a client of MLflow`,
            requestedBy,
          }),
          tagged(about, 'epochlog.run_id', runId),
        ];
      } catch (error) {
        const { code, reason } = failureOf(error);
        return [
          newEvent('RegisteredVersionRefused', { ...about, code, reason }),
          tagged(about, 'epochlog.refused', reason),
        ];
      }
    }

    async function importedAll(versions: readonly RegisteredVersionCreated[]): Promise<NewEvent[]> {
      const events: NewEvent[] = [];
      for (const version of versions) events.push(...(await imported(version)));
      return events;
    }

    return {
      evolve(event) {
        files.evolve(event);
        waiting.evolve(event);
        if (event.type === 'ModelDeclared') models.set(event.data.model, event.data.task);
        if (event.type === 'DatasetSealed') datasets.set(event.data.datasetId, event.data);
        if (event.type === 'RegisteredVersionImported') versions.set(event.data.runId, event.data);
        if (event.type !== 'TaskDeclared') return;
        tasks = withDeclared(tasks, shipped, event.data);
        declared.push(event.data);
      },
      snapshot: (): Saved => ({ models, declared, datasets }),
      resume(saved) {
        ({ models, declared, datasets } = saved as Saved);
        tasks = withAllDeclared(shipped, declared);
      },
      on: {
        RegisteredVersionCreated: ({ data }) => imported(data),
        ModelDeclared({ data: { model, task } }) {
          models.set(model, task);
          return importedAll(waiting.of(model));
        },
        DatasetSealed({ data }) {
          const { datasetId, task } = data;
          datasets.set(datasetId, data);
          const versions = [...models].flatMap(([model, ofTask]) =>
            ofTask === task ? waiting.of(model) : [],
          );
          return importedAll(versions.filter((one) => lackingFor(one, task, datasets) === undefined));
        },
        /** The client sees under which number its version is known here. */
        VersionRegistered({ data: { runId, version } }) {
          const created = versions.get(runId);
          return created ? [tagged(created, 'epochlog.version', version)] : [];
        },
        /** And why there is none, such as that its package is another version already. */
        RunRefused({ data: { runId, reason } }) {
          const created = versions.get(runId);
          return created ? [tagged(created, 'epochlog.refused', reason)] : [];
        },
      },
    };
  },
});

const tagged = (
  { registeredModel, modelVersion }: Pick<RegisteredVersionCreated, 'registeredModel' | 'modelVersion'>,
  key: string,
  value: string,
): NewEvent =>
  newEvent('RegisteredVersionChanged', {
    ...{ registeredModel, modelVersion, stage: null, archivesOthers: false, description: null },
    ...{
      lifecycleStage: null,
      tags: [{ key, value: value.slice(0, 1_000) }],
      removedTags: key === WAITING_TAG ? [] : [WAITING_TAG],
      requestedBy: 'importer',
    },
  });
