import type { Keyed, Maps } from '../../kernel/ports/states.ts';
import type { Entries } from '../../ml/duplicates/band-index.ts';
import type { Sketch } from '../../ml/duplicates/minhash.ts';
import {
  type Extent,
  emptyExtent,
  type Kept,
  type Match,
  NearDuplicates,
  type Rule,
} from '../../ml/duplicates/near-duplicates.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import type { Task } from '../../tasks/task.ts';

/** For a task that looks for none: texts are removed by any. */
const ANY_RULE: Rule = { similarity: 1, window: null };

interface Text {
  readonly recordId: string;
  readonly instance: Instance;
  readonly time: string | null;
}

/** The texts of the accepted samples of every task that looks for near-duplicates. Keys of the large maps begin with the task. */
export class NearTexts {
  /** by task */
  readonly extents: Map<string, Extent>;
  readonly #texts: Keyed<Kept>;
  readonly #numbers: Keyed<number>;
  readonly #runs: Keyed<Uint32Array>;
  /** by task, with the rule that it was made for */
  readonly #indexes = new Map<string, { rule: Rule; index: NearDuplicates }>();
  /** a sample is sketched once, to decide on it and to keep it */
  readonly #sketches = new WeakMap<Instance, Sketch>();

  constructor(maps: Maps, extents: Map<string, Extent>) {
    this.extents = extents;
    this.#texts = maps('near-texts');
    this.#numbers = maps('near-numbers');
    this.#runs = maps('near-runs');
  }

  /** The accepted sample of another record with the most similar text, if it is similar enough. */
  nearest(task: Task, sample: Text): Match | undefined {
    const index = this.#indexOf(task);
    const sketch = index && this.#sketchOf(task, index, sample);
    return sketch && index.nearest(sketch, timeOf(sample), sample.recordId);
  }

  /** Of a record without a text that is kept: that is removed first. */
  add(task: Task, sample: Text): void {
    const index = this.#indexOf(task);
    const sketch = index && this.#sketchOf(task, index, sample);
    if (sketch) index.add(sample.recordId, sketch, timeOf(sample));
  }

  /** Also of a task that looks for near-duplicates no longer. */
  remove(task: string, recordId: string): void {
    if (this.extents.has(task))
      (this.#indexes.get(task)?.index ?? this.#index(task, ANY_RULE)).remove(recordId);
  }

  #indexOf({ name, nearDuplicates }: Task): NearDuplicates | undefined {
    return nearDuplicates && this.#index(name, nearDuplicates);
  }

  #index(task: string, rule: Rule): NearDuplicates {
    const known = this.#indexes.get(task);
    if (known?.rule === rule) return known.index;
    const extent = this.extents.get(task) ?? emptyExtent();
    this.extents.set(task, extent);
    const index = new NearDuplicates(rule, {
      texts: within(this.#texts, task),
      numbers: within(this.#numbers, task),
      runs: within(this.#runs, task),
      extent,
    });
    this.#indexes.set(task, { rule, index });
    return index;
  }

  #sketchOf({ nearDuplicates }: Task, index: NearDuplicates, { instance }: Text): Sketch | undefined {
    const known = this.#sketches.get(instance);
    if (known) return known;
    const text = (nearDuplicates?.fields ?? []).map((field) => instance[field] ?? '').join('\n');
    const sketch = index.sketch(text);
    if (sketch) this.#sketches.set(instance, sketch);
    return sketch;
  }
}

/** Null also for a time that is none: it is compared with all. */
function timeOf({ time }: Text): number | null {
  const instant = time === null ? Number.NaN : Date.parse(time);
  return Number.isNaN(instant) ? null : instant;
}

const within = <Value>(map: Keyed<Value>, task: string): Entries<Value> => ({
  get: (key) => map.get(`${task}/${key}`),
  set: (key, value) => map.set(`${task}/${key}`, value),
  delete: (key) => map.delete(`${task}/${key}`),
});
