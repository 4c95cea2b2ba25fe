import type { TrainingData } from '../../ml/engines/engine.ts';
import { type LinearParameters, linearParameters } from '../../ml/linear/parameters.ts';
import { parseParameters } from '../../ml/parameters.ts';
import { seededRandom } from '../../ml/random.ts';
import { DOCUMENT_SCHEMA, exampleOf, type LabelledDocument } from './documents.ts';

// For tests: documents of three topics that share half of their words, with noise in the labels.

export interface LinearDataset {
  readonly train: readonly LabelledDocument[];
  readonly validation: readonly LabelledDocument[];
}

export const TOY_LABELS = ['birds', 'boats', 'books'];

const SHARED_WORDS = ['of', 'the', 'and', 'new', 'old', 'with', 'large', 'small', 'study', 'results'];
const TOPIC_WORDS = [
  ['wing', 'nest', 'feather', 'song', 'flight', 'beak', 'egg', 'migration'],
  ['sail', 'hull', 'keel', 'anchor', 'harbour', 'wave', 'mast', 'migration'],
  ['page', 'print', 'chapter', 'author', 'reader', 'shelf', 'wave', 'song'],
];

/** All words there are. */
export const TOY_WORDS = [...new Set([...SHARED_WORDS, ...TOPIC_WORDS.flat()])];

export function toyDataset(seed: number, sizes = { train: 150, validation: 60 }): LinearDataset {
  const random = seededRandom(seed);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)]!;
  const document = (): LabelledDocument => {
    const topic = Math.floor(random() * TOY_LABELS.length);
    const words = (count: number) =>
      Array.from({ length: count }, () => pick(random() < 0.3 ? TOPIC_WORDS[topic]! : SHARED_WORDS)).join(
        ' ',
      );
    return {
      title: words(4),
      abstract: words(20),
      label: random() < 0.9 ? TOY_LABELS[topic]! : pick(TOY_LABELS),
    };
  };
  return {
    train: Array.from({ length: sizes.train }, document),
    validation: Array.from({ length: sizes.validation }, document),
  };
}

/** What a training on such documents depends on. */
export function toyData(
  { train, validation }: LinearDataset,
  {
    seed = 42,
    labels = TOY_LABELS,
    ...given
  }: Partial<LinearParameters> & { seed?: number; labels?: string[] } = {},
): TrainingData & { parameters: LinearParameters } {
  return {
    task: { name: 'toy', type: 'classification', labels },
    schema: DOCUMENT_SCHEMA,
    train: train.map(exampleOf),
    validation: validation.map(exampleOf),
    parameters: parseParameters(linearParameters, given, 'linear'),
    seed,
  };
}

/** Runs a generator to its end. */
export function finish<Y, R>(steps: Generator<Y, R>): { yielded: Y[]; result: R } {
  const yielded: Y[] = [];
  for (;;) {
    const step = steps.next();
    if (step.done) return { yielded, result: step.value };
    yielded.push(step.value);
  }
}
