import type { RollingFeature } from '../../ml/dataset/rolling.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type {
  DatasetRequested,
  DatasetSealed,
  DatasetSealedSourceRange,
} from '../../schemas/events.generated.ts';
import { hashOfCode } from '../../tasks/code.ts';
import { type StepCache, stepCacheOf, stepKey } from '../../tasks/step-cache.ts';
import type { SealerSettings } from './settings.ts';

type Context = ServiceContext<SealerSettings>;
type Sources = readonly DatasetSealedSourceRange[];

/** A dataset of this log that may stand for another. */
export type Earlier = Pick<DatasetSealed, 'datasetId' | 'model' | 'extends' | 'artifact' | 'sources'>;

/** By what a dataset is sealed, besides the events. */
export interface Rules {
  readonly request: DatasetRequested;
  readonly taskVersion: string;
  readonly rolling: readonly RollingFeature[];
}

/** besides that of ml/ and tasks/ */
const CODE = ['services/sealer', 'schemas/datasets'];

/** Datasets that were sealed of the same events, by the same rules and the same code. */
export class EarlierDatasets {
  readonly #context: Context;
  readonly #steps: StepCache;

  constructor(context: Context) {
    this.#context = context;
    this.#steps = stepCacheOf(context.settings);
  }

  /**
   * The event that says which dataset stands for the one that is asked for; undefined where one is to be sealed.
   *
   * @param sealed the datasets of this log
   */
  async find(rules: Rules, sealed: Iterable<Earlier>): Promise<NewEvent<'DatasetReused'> | undefined> {
    const { datasetId, model, task, extends: base, reuse } = rules.request;
    if (!reuse) return undefined;
    const { artifacts, clock, events } = this.#context;
    const ends = await events.endOffsets(['samples', 'labels']);
    const now = ends.map(({ topic, partition, offset }) => ({ topic, partition, from: 0, to: offset }));
    for (const earlier of sealed) {
      // an extension to which nothing came is as what it extends
      const isOfIt = earlier.datasetId === base || earlier.extends === base;
      if (earlier.model !== model || !isOfIt || !areSame(earlier.sources, now)) continue;
      const key = keyOf(rules, earlier);
      const found = await this.#steps.get<{ readonly artifact: string }>(key, clock.now());
      if (found?.result.artifact !== earlier.artifact || !(await artifacts.has(earlier.artifact))) continue;
      const saved = { stepKey: key, savedSeconds: found.seconds };
      return newEvent('DatasetReused', { datasetId, model, task, reusedFrom: earlier.datasetId, ...saved });
    }
    return undefined;
  }

  /** Keeps how a dataset was sealed; where it cannot, the next one is sealed. @param seconds that it took */
  async keep(rules: Rules, sealed: DatasetSealed, seconds: number): Promise<void> {
    if (!rules.request.reuse) return;
    const { datasetId: id, model, artifact } = sealed;
    const step = { step: 'sealing', id, model, seconds, at: this.#context.clock.now() } as const;
    try {
      await this.#steps.put(keyOf(rules, sealed), { ...step, result: { artifact } });
    } catch (error) {
      this.#context.logger.warn({ datasetId: id, err: error }, 'a dataset will not stand for later ones');
    }
  }
}

/** Names the dataset of this log as well: offsets alone are those of other logs too. */
function keyOf({ request, taskVersion, rolling }: Rules, { datasetId, artifact, sources }: Earlier): string {
  const { datasetId: _, extends: __, requestedBy: ___, reuse: ____, ...rules } = request;
  return stepKey({
    ...{ step: 'sealing', code: hashOfCode(CODE), rules, taskVersion, rolling },
    ...{ datasetId, artifact, sources: inOrder(sources) },
  });
}

const inOrder = (sources: Sources): string[] =>
  sources.map(({ topic, partition, to }) => `${topic}/${partition}/${to}`).sort();

/** Partitions of which nothing was read are as none. */
const areSame = (one: Sources, other: Sources): boolean =>
  String(inOrder(one.filter(({ to }) => to > 0))) === String(inOrder(other.filter(({ to }) => to > 0)));
