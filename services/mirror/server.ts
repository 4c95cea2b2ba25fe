import { z } from 'zod';
import { MirrorFault, type MlflowClient } from './client.ts';
import type { Metric, Pair } from './naming.ts';

/** MLflow's limits of one `log-batch`. */
const MAX_METRICS = 1_000;
const MAX_PARAMS = 100;
const MAX_TAGS = 100;

const text = z.string();
const experiment = z.object({
  experiment: z.object({ experiment_id: text, lifecycle_stage: text.optional() }),
});
const info = z.object({ run_id: text, artifact_uri: text.default('') });
const run = z.object({ run: z.object({ info }) });
const runs = z.object({ runs: z.array(z.object({ info })).default([]) });
const version = z.object({ model_version: z.object({ version: text }) });
const history = z.object({
  metrics: z
    .array(z.object({ step: z.coerce.number().default(0), value: z.coerce.number().default(0) }))
    .default([]),
});

export type RunStatus = 'FINISHED' | 'FAILED' | 'KILLED';

/** A run that is to be on the server. */
export interface NewRun {
  readonly experiment: string;
  readonly name: string;
  /** that tells it from all others, on this server */
  readonly identity: Pair;
  readonly startTime: number;
  readonly tags: readonly Pair[];
}

/** What the mirror writes, each step so that to repeat it changes nothing. */
export class MlflowServer {
  readonly #client: MlflowClient;
  /** ids of experiments by name */
  readonly #experiments = new Map<string, string>();

  constructor(client: MlflowClient) {
    this.#client = client;
  }

  check(): Promise<void> {
    return this.#client.check();
  }

  /** The run with that identity; it is created if there is none. */
  async run({ experiment, name, identity, startTime, tags }: NewRun): Promise<string> {
    const experiment_id = await this.#experimentId(experiment);
    const found = await this.#post(runs, 'runs/search', {
      experiment_ids: [experiment_id],
      filter: `tags.\`${identity.key}\` = '${identity.value.replaceAll("'", "''")}'`,
      max_results: 1,
    });
    const [existing] = found.runs;
    if (existing) {
      await this.log(existing.info.run_id, { tags });
      return existing.info.run_id;
    }
    const created = await this.#post(run, 'runs/create', {
      ...{ experiment_id, run_name: name, start_time: startTime, user_id: 'epochlog' },
      tags: [identity, ...tags],
    });
    return created.run.info.run_id;
  }

  /** Params, metrics and tags of a run. What is there already stays as it is. */
  async log(
    runId: string,
    given: { params?: readonly Pair[]; metrics?: readonly Metric[]; tags?: readonly Pair[] },
  ): Promise<void> {
    const { params = [], metrics = [], tags = [] } = given;
    const batches = Math.max(
      Math.ceil(params.length / MAX_PARAMS),
      Math.ceil(metrics.length / (MAX_METRICS - MAX_PARAMS - MAX_TAGS)),
      Math.ceil(tags.length / MAX_TAGS),
    );
    const slice = <T>(items: readonly T[], at: number, size: number) =>
      items.slice(at * size, (at + 1) * size);
    for (let at = 0; at < batches; at++)
      await this.#client.ask('POST', 'runs/log-batch', {
        run_id: runId,
        params: slice(params, at, MAX_PARAMS),
        metrics: slice(metrics, at, MAX_METRICS - MAX_PARAMS - MAX_TAGS),
        tags: slice(tags, at, MAX_TAGS),
      });
  }

  async logDataset(runId: string, dataset: object): Promise<void> {
    const tags = [{ key: 'mlflow.data.context', value: 'training' }];
    await this.#client.ask('POST', 'runs/log-inputs', { run_id: runId, datasets: [{ tags, dataset }] });
  }

  async end(runId: string, status: RunStatus, endTime: number): Promise<void> {
    await this.#client.ask('POST', 'runs/update', { run_id: runId, status, end_time: endTime });
  }

  /** Where the files of a run are, on the server. */
  async artifactsOf(runId: string): Promise<string> {
    const answer = run.safeParse(await this.#client.ask('GET', 'runs/get', { run_id: runId }));
    if (!answer.success) throw unexpected('runs/get');
    return answer.data.run.info.artifact_uri;
  }

  /** Stores a file of a run, below `root` as `artifactsOf` gives it. */
  async store(root: string, path: string, bytes: Uint8Array): Promise<void> {
    const place = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(root)?.[1];
    if (place === undefined)
      throw new MirrorFault(
        'ARTIFACTS_NOT_SERVED',
        `the server keeps artifacts at ${root.split(':')[0]}:…, where only its clients write: start \`mlflow server\` with --serve-artifacts`,
      );
    await this.#client.put(`${place}/${path}`, bytes);
  }

  /** A metric of a run by step. */
  async historyOf(runId: string, key: string): Promise<[step: number, value: number][]> {
    const payload = { run_id: runId, metric_key: key, max_results: '10000' };
    const answer = history.safeParse(await this.#client.ask('GET', 'metrics/get-history', payload));
    if (!answer.success) throw unexpected('metrics/get-history');
    return answer.data.metrics.map(({ step, value }) => [step, value]);
  }

  /** The number of the version of a registered model with that identity; model and version are created if there are none. */
  async version(
    name: string,
    identity: Pair,
    { source, runId, tags }: { source: string; runId: string; tags: readonly Pair[] },
  ): Promise<string> {
    await this.#orThere('registered-models/create', { name, tags: [] });
    const found = await this.#versions(name);
    const known = found.find((one) => one.tags.get(identity.key) === identity.value);
    if (known) return known.version;
    const created = await this.#post(version, 'model-versions/create', {
      ...{ name, source, run_id: runId },
      tags: [identity, ...tags],
    });
    return created.model_version.version;
  }

  async setAlias(name: string, alias: string, mlflowVersion: string): Promise<void> {
    await this.#client.ask('POST', 'registered-models/alias', { name, alias, version: mlflowVersion });
  }

  async tagVersion(name: string, mlflowVersion: string, tags: readonly Pair[]): Promise<void> {
    for (const tag of tags)
      await this.#client.ask('POST', 'model-versions/set-tag', { name, version: mlflowVersion, ...tag });
  }

  /** The version that has a tag; undefined when there is none. */
  async versionWith(name: string, { key, value }: Pair): Promise<string | undefined> {
    return (await this.#versions(name)).find(({ tags }) => tags.get(key) === value)?.version;
  }

  async #versions(name: string): Promise<{ version: string; tags: Map<string, string> }[]> {
    const filter = `name='${name.replaceAll("'", "''")}'`;
    const found: { version: string; tags: Map<string, string> }[] = [];
    for (let token = ''; ; ) {
      const page = tagged.safeParse(
        await this.#client.ask('GET', 'model-versions/search', {
          ...{ filter, max_results: '1000' },
          ...(token !== '' && { page_token: token }),
        }),
      );
      if (!page.success) throw unexpected('model-versions/search');
      for (const { version, tags } of page.data.model_versions)
        found.push({ version, tags: new Map(tags.map(({ key, value }) => [key, value])) });
      token = page.data.next_page_token ?? '';
      if (token === '') return found;
    }
  }

  async #experimentId(name: string): Promise<string> {
    const known = this.#experiments.get(name);
    if (known !== undefined) return known;
    await this.#orThere('experiments/create', { name });
    const answer = experiment.safeParse(
      await this.#client.ask('GET', 'experiments/get-by-name', { experiment_name: name }),
    );
    if (!answer.success) throw unexpected('experiments/get-by-name');
    const { experiment_id, lifecycle_stage } = answer.data.experiment;
    if (lifecycle_stage === 'deleted')
      throw new MirrorFault(
        'EXPERIMENT_DELETED',
        `the experiment ${name} is deleted on the server: restore it (\`mlflow experiments restore -x ${experiment_id}\`), or set EPOCHLOG_MIRROR_EXPERIMENT`,
      );
    this.#experiments.set(name, experiment_id);
    return experiment_id;
  }

  /** Creates what may be there already. */
  async #orThere(path: string, payload: object): Promise<void> {
    try {
      await this.#client.ask('POST', path, payload);
    } catch (error) {
      if (!(error instanceof MirrorFault) || error.code !== 'RESOURCE_ALREADY_EXISTS') throw error;
    }
  }

  async #post<T>(schema: z.ZodType<T>, path: string, payload: object): Promise<T> {
    const answer = schema.safeParse(await this.#client.ask('POST', path, payload));
    if (!answer.success) throw unexpected(path);
    return answer.data;
  }
}

const tagged = z.object({
  model_versions: z
    .array(
      z.object({
        version: text,
        tags: z.array(z.object({ key: text, value: text.default('') })).default([]),
      }),
    )
    .default([]),
  next_page_token: text.optional(),
});

const unexpected = (path: string): MirrorFault =>
  new MirrorFault('NOT_MLFLOW', `${path} was not answered as MLflow answers it: is it an MLflow server?`);
