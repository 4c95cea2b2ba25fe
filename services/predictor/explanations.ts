import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { DatasetReader } from '../../ml/dataset/read.ts';
import { explainerOf } from '../../ml/explain/explainer.ts';
import {
  type Contribution,
  type Explanation,
  explain,
  type MarginExplainer,
} from '../../ml/explain/explanation.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import { cleanInstance, validInstance } from '../../ml/instance/validate.ts';
import { type ModelPackage, validatePackage } from '../../ml/package/validate.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type { Answer } from './answer.ts';
import type { ServedModel } from './served-model.ts';

/** Explainers in memory: each has the weights or trees of its version once more. */
const MAX_EXPLAINERS = 4;
const MAX_VERSIONS = 1_000;
/** Rows that the base of trees is a mean over: more say no more. */
const MAX_REFERENCE = 2_000;

/** What is asked for of each answer. */
export interface Wanted {
  /** features at most, those that say most */
  readonly top: number;
}

/** An answer in parts; what is left out adds up to `rest`. */
export interface ShownExplanation extends Omit<Explanation, 'contributions'> {
  readonly contributions: Contribution[];
  readonly rest: number;
}

interface Explained {
  readonly explainer: MarginExplainer;
  readonly task: LearningProblem;
  readonly schema: InstanceSchema;
}

/** Explains answers of versions that are served, exactly, from their packages. A version is read when it is first asked about. */
export class Explanations {
  readonly #context: Pick<ServiceContext, 'artifacts' | 'events'>;
  /** by model and version */
  readonly #packages = new LRUCache<string, ServedModel['package']>({ max: MAX_VERSIONS });
  readonly #explainers = new LRUCache<string, Promise<Explained>>({ max: MAX_EXPLAINERS });

  constructor(context: Pick<ServiceContext, 'artifacts' | 'events'>) {
    this.#context = context;
  }

  /** A version is served. */
  know({ model, version, package: digest }: ServedModel): void {
    this.#packages.set(keyOf({ model, version }), digest);
  }

  /** Reads a version before it answers. INPUT_INVALID for one that cannot be looked into. */
  async prepare(model: ServedModel): Promise<void> {
    await this.#explained(model);
  }

  /**
   * @param instances that were answered, as the client gave them
   * @throws EpochlogError INPUT_INVALID for a version that cannot be looked into
   */
  async of(
    answers: readonly Answer[],
    instances: readonly { readonly fields: unknown }[],
    { top }: Wanted,
  ): Promise<ShownExplanation[]> {
    const shown: ShownExplanation[] = [];
    for (const [at, answer] of answers.entries()) {
      const { explainer, task, schema } = await this.#explained(answer);
      const instance = cleanInstance(schema, validInstance(schema, instances[at]!.fields));
      const explanation = explain(explainer, task, instance);
      const rest = explanation.contributions.slice(top);
      shown.push({
        ...explanation,
        contributions: explanation.contributions.slice(0, top),
        rest: rest.reduce((sum, { contribution }) => sum + contribution, 0),
      });
      await yieldToEventLoop(); // others are answered meanwhile
    }
    return shown;
  }

  async #explained(answer: Pick<Answer, 'model' | 'version'>): Promise<Explained> {
    const key = keyOf(answer);
    const known = this.#explainers.get(key);
    if (known) return known;
    const reading = this.#read(answer, this.#packages.get(key));
    this.#explainers.set(key, reading);
    reading.catch(() => this.#explainers.delete(key));
    return reading;
  }

  async #read(
    { model, version }: Pick<Answer, 'model' | 'version'>,
    digest: string | undefined,
  ): Promise<Explained> {
    const refuse = (why: string) =>
      new EpochlogError('INPUT_INVALID', `explain: ${version} of ${model} ${why}; leave "explain" out`);
    if (digest === undefined) throw refuse('answered some time ago and is served no more');
    const pkg = validatePackage(await getBundle(this.#context.artifacts, digest));
    const reference = pkg.metadata.engine === 'trees' ? await this.#reference(pkg) : [];
    if (pkg.metadata.engine === 'trees' && reference.length === 0)
      throw refuse(
        'cannot be explained: its dataset, whose mean is the base of the parts, is not in this log',
      );
    const explainer = explainerOf(pkg, reference);
    if (!explainer)
      throw refuse(
        `was made by ${String(pkg.metadata.engine)}: answers of linear and trees are explained here, of others by \`epochlog explain\``,
      );
    return { explainer, task: pkg.signature.task, schema: pkg.signature.instance };
  }

  /** Instances of the training split, evenly chosen. */
  async #reference({ metadata: { dataset } }: ModelPackage): Promise<Instance[]> {
    const sha256 = typeof dataset === 'object' && dataset !== null && 'sha256' in dataset && dataset.sha256;
    for await (const { data } of this.#context.events.scan(['DatasetSealed'])) {
      if (data.contentHash !== sha256) continue;
      const stride = Math.ceil(data.train / MAX_REFERENCE);
      const reference: Instance[] = [];
      let row = 0;
      const reader = new DatasetReader(await this.#context.artifacts.get(data.artifact));
      for await (const chunk of reader.samples(['train']))
        for (const { instance } of chunk) if (row++ % stride === 0) reference.push(instance);
      return reference;
    }
    return [];
  }
}

const keyOf = ({ model, version }: Pick<Answer, 'model' | 'version'>): string => `${model}/${version}`;
