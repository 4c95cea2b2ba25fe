import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseDeclaration } from '../kernel/declaration.ts';
import { engineNamed, engineNames } from '../ml/engines.ts';
import { trainingFile } from './training-file.ts';

const parse = (text: string, engine = 'tfjs') =>
  parseDeclaration('training.yaml', text, trainingFile(engineNamed(engine).parameters));
const example = (name: string) =>
  readFileSync(new URL(`../docs/examples/training/${name}.yaml`, import.meta.url), 'utf8');

test('a file names parameters of the engine, those of a section in it, seeds and checkpoints', () => {
  expect(parse(example('text'))).toEqual({
    ...{ model: 'arxiv', engine: 'tfjs', from: undefined, seed: undefined, checkpointEvery: 1 },
    seeds: { split: 1, shuffle: 2, init: 3, dropout: 4 },
    parameters: {
      ...{ embedding: 64, dropout: 0.2, classWeights: 'balanced' },
      ...{ optimiser: 'adamw', learningRate: 0.003, weightDecay: 0.01, clipNorm: 1 },
      ...{ schedule: 'cosine', warmupSteps: 100 },
      ...{ monitor: 'macroF1', mode: 'max', patience: 2, minDelta: 0.001 },
    },
  });
  expect(parse(example('trees'), 'trees')).toMatchObject({
    parameters: { maxRounds: 300, learningRate: 0.05, patience: 20, minDelta: 0.0001 },
  });
});

test('what the training split is augmented by is a section', () => {
  const text =
    'augmentation: { methods: [swap, synonyms], probability: 0.5, share: 0.2, synonyms: ["large, big"] }';
  expect(parse(text, 'linear').parameters).toEqual({
    ...{ augmentation: ['swap', 'synonyms'], augmentationProbability: 0.5, augmentationShare: 0.2 },
    synonyms: ['large, big'],
  });
  expect(parse('augmentation: { methods: [noise], noise: 0.2 }', 'trees').parameters).toEqual({
    ...{ augmentation: ['noise'], noise: 0.2 },
  });
});

test.each(engineNames())('a file for %s that is empty leaves everything as it is', (engine) => {
  expect(parse('model: m', engine)).toMatchObject({ model: 'm', seeds: {}, parameters: {} });
});

test.each([
  ['optimizer: { kind: sgd }', 'training.yaml:1: optimizer is not known; did you mean optimiser?'],
  [
    'seed: 1\noptimiser:\n  learningrate: 1',
    'training.yaml:3: optimiser.learningrate is not known; did you mean learningRate?',
  ],
  ['optimiser: { kind: adam }', /^training\.yaml:1: optimiser\.kind .*sgd/],
  ['earlyStopping: { patience: 0 }', /^training\.yaml:1: earlyStopping\.patience /],
  ['checkpoints: { evry: 1 }', 'training.yaml:1: checkpoints.evry is not known; did you mean every?'],
  ['seeds: { suffle: 1 }', 'training.yaml:1: seeds.suffle is not known; did you mean shuffle?'],
  [
    'augmentation: { method: [swap] }',
    'training.yaml:1: augmentation.method is not known; did you mean methods?',
  ],
  [
    'augmentation: { methods: [deletoin] }',
    "training.yaml:1: augmentation.methods.0 'deletoin' is no method; did you mean deletion?",
  ],
  ['augmentation: { probability: 2 }', /^training\.yaml:1: augmentation\.probability /],
  ['dropout: 2', /^training\.yaml:1: dropout /],
  ['learningRate: 1', /^training\.yaml:1: learningRate is not known/],
])('%j is refused with its line and what is meant', (text, message) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(message) }),
  );
});

test.each(engineNames())(
  'no parameter of %s has the name of a key that every training file has',
  (engine) => {
    const common = ['model', 'engine', 'from', 'seed', 'seeds', 'checkpoints'];
    expect(Object.keys(engineNamed(engine).parameters.shape).filter((name) => common.includes(name))).toEqual(
      [],
    );
  },
);
