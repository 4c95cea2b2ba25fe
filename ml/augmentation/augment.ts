import type { TrainingData } from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import { type InstanceSchema, kindOf, textFields } from '../instance/schema.ts';
import type { Example } from '../problem.ts';
import { type Random, seededRandom } from '../random.ts';
import { seedAt, seedsOf } from '../training/seeds.ts';
import { Interpolation } from './interpolation.ts';
import { NextWords } from './ngrams.ts';
import {
  type AugmentationParameters,
  augmentationParameters,
  TABLE_METHODS,
  type TableMethod,
  TEXT_METHODS,
  type TextMethod,
} from './parameters.ts';
import { noisyRow, numberColumns } from './rows.ts';
import { deleteWords, insertWords, replaceSynonyms, Synonyms, shuffleSentences, swapWords } from './texts.ts';

/** Training examples with those that were made of them. */
export interface Augmented {
  /** those that there were, in their order, then the others */
  readonly train: readonly Example[];
  /** examples made, by method; empty without a method */
  readonly made: Readonly<Record<string, number>>;
}

type Given = Pick<TrainingData, 'task' | 'schema' | 'train' | 'parameters' | 'seed' | 'seeds'>;

/** Makes another example of one; undefined where nothing of it would differ. */
type Method = (example: Example, row: number, random: Random) => Example | undefined;

/**
 * The training split with samples that are made of its own, by the parameters under `augmentation`: each sample has another one made
 * of it with their probability, by one of the methods; `smote` brings each class to the size of the largest. The same
 * data, parameters and seed give the same samples. Nothing but the training split is read.
 *
 * @throws InvalidInput `parameter` for a method that does not go with the instances, the task or the other parameters
 */
export function augmented({ task, schema, train, parameters, seed, seeds }: Given): Augmented {
  const given = augmentationParameters.parse(parameters);
  assertFitting(given, schema, task.type);
  if (given.augmentation.length === 0) return { train, made: {} };
  const base = seedsOf(seed, seeds).augmentation;
  const methods = new Map<string, Method>(
    kindOf(schema) === 'text' ? textMethods(given, schema, train) : tableMethods(given, schema, train, base),
  );
  const made: Example[] = [];
  const counts: Record<string, number> = {};
  const add = (method: string, example: Example | undefined) => {
    if (!example) return;
    made.push(example);
    counts[method] = (counts[method] ?? 0) + 1;
  };
  const names = [...methods.keys()];
  if (names.length > 0) {
    for (const [row, example] of train.entries()) {
      const random = seededRandom(seedAt(base, row));
      if (random() >= given.augmentationProbability) continue;
      const name = names[Math.floor(random() * names.length)]!;
      add(name, methods.get(name)!(example, row, random));
    }
  }
  if (given.augmentation.includes('smote'))
    for (const example of smote(given, schema, train, base)) add('smote', example);
  return { train: [...train, ...made], made: counts };
}

function assertFitting(
  { augmentation, synonyms }: AugmentationParameters,
  schema: InstanceSchema,
  problem: string,
): void {
  const isText = kindOf(schema) === 'text';
  const fitting: readonly string[] = isText ? TEXT_METHODS : TABLE_METHODS;
  const stray = augmentation.find((method) => !fitting.includes(method));
  if (stray !== undefined)
    throw refused(`${stray} is not for ${isText ? 'texts' : 'tables'}: they have ${fitting.join(', ')}`);
  if (augmentation.includes('synonyms') && synonyms.length === 0)
    throw refused('synonyms needs a list of them, such as synonyms: ["large, big"]');
  if (augmentation.includes('smote') && problem !== 'classification')
    throw refused(
      `smote makes samples of rare classes, and this task learns ${problem}: take interpolation or noise`,
    );
  if (augmentation.includes('interpolation') && problem === 'multilabel')
    throw refused('interpolation is between rows of one class, and these have several labels: take noise');
}

function* textMethods(
  { augmentation, augmentationShare: share, synonyms: lists }: AugmentationParameters,
  schema: InstanceSchema,
  train: readonly Example[],
): Generator<[TextMethod, Method]> {
  const fields = textFields(schema);
  const synonyms = new Synonyms(lists);
  const next = augmentation.includes('ngrams') ? new NextWords(textsOf(train, fields)) : undefined;
  const methods: Record<TextMethod, (text: string, random: Random) => string> = {
    deletion: (text, random) => deleteWords(text, share, random),
    swap: (text, random) => swapWords(text, share, random),
    insertion: (text, random) => insertWords(text, share, random, synonyms),
    sentences: shuffleSentences,
    synonyms: (text, random) => replaceSynonyms(text, share, random, synonyms),
    ngrams: (text, random) => next!.replaced(text, share, random),
  };
  for (const name of TEXT_METHODS) {
    if (!augmentation.includes(name)) continue;
    yield [
      name,
      (example, _, random) => {
        const texts = fields.map((field) => {
          const text = String(example.instance[field] ?? '');
          return [field, methods[name](text, random)] as const;
        });
        const isSame = texts.every(([field, text]) => text === (example.instance[field] ?? ''));
        return isSame
          ? undefined
          : { ...example, instance: { ...example.instance, ...Object.fromEntries(texts) } };
      },
    ];
  }
}

function* textsOf(examples: readonly Example[], fields: readonly string[]): Generator<string> {
  for (const { instance } of examples) for (const field of fields) yield String(instance[field] ?? '');
}

function* tableMethods(
  { augmentation, noise, neighbours }: AugmentationParameters,
  schema: InstanceSchema,
  train: readonly Example[],
  seed: number,
): Generator<[TableMethod, Method]> {
  const columns = numberColumns(schema, instancesOf(train));
  if (augmentation.includes('noise'))
    yield [
      'noise',
      (example, _, random) => ({ ...example, instance: noisyRow(example.instance, columns, noise, random) }),
    ];
  if (!augmentation.includes('interpolation')) return;
  const classes = byClass(train);
  const places = new Map([...classes.values()].flatMap((rows) => rows.map((row, place) => [row, place])));
  const interpolations = new Map(
    [...classes].map(([name, rows]) => {
      const own = instancesOf(rows.map((row) => train[row]!));
      return [name, new Interpolation(schema, own, columns, neighbours, seededRandom(seed))];
    }),
  );
  yield [
    'interpolation',
    (example, row, random) => {
      const name = classOf(example);
      const drawn = interpolations.get(name)!.drawn(places.get(row)!, random);
      if (!drawn) return undefined;
      const { target } = example;
      const other = train[classes.get(name)![drawn.neighbour]!]!.target;
      const isNumber = typeof target === 'number' && typeof other === 'number';
      return {
        ...example,
        instance: drawn.instance,
        target: isNumber ? target + drawn.step * (other - target) : target,
      };
    },
  ];
}

/** As imbalanced-learn's SMOTE does by default: of each class but the largest, as many rows as it lacks. */
function* smote(
  { neighbours }: AugmentationParameters,
  schema: InstanceSchema,
  train: readonly Example[],
  seed: number,
): Generator<Example | undefined> {
  const columns = numberColumns(schema, instancesOf(train));
  const classes = [...byClass(train).values()];
  const largest = Math.max(...classes.map(({ length }) => length));
  const random = seededRandom(seedAt(seed, train.length));
  for (const rows of classes) {
    if (rows.length === largest) continue;
    const own = rows.map((row) => train[row]!);
    const between = new Interpolation(schema, instancesOf(own), columns, neighbours, random);
    for (let more = largest - own.length; more > 0; more--) {
      const row = Math.floor(random() * own.length);
      const drawn = between.drawn(row, random);
      yield drawn && { ...own[row]!, instance: drawn.instance };
    }
  }
}

const instancesOf = (examples: readonly Example[]) => examples.map(({ instance }) => instance);

/** All rows whose target is a number are one class. */
const classOf = ({ target }: Example): string => (typeof target === 'string' ? target : '');

const byClass = (examples: readonly Example[]): Map<string, number[]> =>
  Map.groupBy([...examples.keys()], (row) => classOf(examples[row]!));

const refused = (reason: string) => new InvalidInput('parameter', `augmentation ${reason}`);
