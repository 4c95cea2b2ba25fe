import { describe, expect, test } from 'vitest';
import { TOY_LABELS } from '../../test/harness/toy-dataset.ts';
import { toyPackage } from '../../test/harness/toy-package.ts';
import { InvalidPackage } from '../errors.ts';
import { sha256 } from '../hash.ts';
import { openPackage } from './open.ts';
import { formatSums } from './sums.ts';
import { validatePackage } from './validate.ts';

const packages = new Map([
  [42, await toyPackage(42)],
  [43, await toyPackage(43)],
]);
const build = (seed = 42): Map<string, Uint8Array> => new Map(packages.get(seed));

const text = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  new TextDecoder().decode(files.get(name));

/** A package with one file changed; `resealed` as someone would who then runs sha256sum again. */
function changed(
  name: string,
  bytes: Uint8Array | undefined,
  { resealed = false } = {},
): Map<string, Uint8Array> {
  const files = build();
  if (bytes) files.set(name, bytes);
  else files.delete(name);
  if (!resealed) return files;
  files.delete('SHA256SUMS');
  return files.set('SHA256SUMS', new TextEncoder().encode(formatSums(files)));
}

const fault = (code: string, file: string) =>
  expect.objectContaining({
    name: 'InvalidPackage',
    code,
    file,
    message: expect.stringContaining(`${file}: `),
  });

describe('a model package', () => {
  test('holds the model and all that is needed to serve, judge and repeat it', () => {
    const files = build();
    expect([...files.keys()]).toEqual([
      'model.onnx',
      'features.json',
      'signature.json',
      'metadata.json',
      'MODEL_CARD.md',
      'examples.json',
      'SHA256SUMS',
    ]);
    const { digest, signature, examples, metadata } = validatePackage(files);
    expect(digest).toBe(sha256(files.get('SHA256SUMS')!));
    expect(signature).toMatchObject({
      task: { name: 'toy', type: 'classification', labels: TOY_LABELS },
      instance: { fields: { title: { type: 'text', required: true }, abstract: { type: 'text' } } },
      adapter: { name: 'tfidf', file: 'features.json' },
      outputs: [{ name: 'probabilities', type: 'float', shape: ['batch', 3] }],
      scores: 'probabilities',
    });
    expect(examples).toHaveLength(5);
    expect(examples[0]!.scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 6);
    expect(metadata).toMatchObject({
      name: 'toy',
      engine: 'linear',
      seed: 42,
      details: { temperature: expect.toSatisfy((temperature) => temperature > 0) },
      dataset: { sha256: 'c0ffee' },
    });
  });

  test('is the same, byte for byte, when it is made again', async () => {
    expect(await toyPackage(42)).toEqual(build());
    expect(build(43).get('model.onnx')).not.toEqual(build().get('model.onnx'));
  });

  test('SHA256SUMS reads as sha256sum writes it, sorted by name', () => {
    const files = build();
    const lines = text(files, 'SHA256SUMS').trimEnd().split('\n');
    expect(lines.map((line) => line.slice(66))).toEqual([
      'MODEL_CARD.md',
      'examples.json',
      'features.json',
      'metadata.json',
      'model.onnx',
      'signature.json',
    ]);
    expect(lines[2]).toBe(`${sha256(files.get('features.json')!)}  features.json`);
  });

  test('the model card states use, data, figures and limits', () => {
    const card = text(build(), 'MODEL_CARD.md');
    for (const heading of ['Intended use', 'Model', 'Data', 'How well it does', 'Limits']) {
      expect(card).toContain(`\n## ${heading}\n`);
    }
    expect(card).toContain('Made-up documents on birds, boats and books.');
    for (const label of TOY_LABELS) expect(card).toMatch(new RegExp(`\\| ${label} \\| [\\d.]+ % \\|`));
    expect(card).toMatch(/Weakest on (birds|boats|books) \(F1 /);
    expect(card).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('a package that must not be served', () => {
  const everyFile = [...build().keys()];

  test.each(everyFile)('without %s', (name) => {
    expect(() => validatePackage(changed(name, undefined))).toThrow(fault('missing', name));
  });

  test.each(everyFile.filter((name) => name !== 'SHA256SUMS'))('with %s truncated or altered', (name) => {
    const whole = build().get(name)!;
    expect(() => validatePackage(changed(name, whole.subarray(0, -10)))).toThrow(fault('altered', name));
    const flipped = whole.slice();
    flipped[20]! ^= 1;
    expect(() => validatePackage(changed(name, flipped))).toThrow(fault('altered', name));
  });

  test('with SHA256SUMS truncated or garbled', () => {
    const sums = build().get('SHA256SUMS')!;
    const malformed = fault('malformed', 'SHA256SUMS');
    expect(() => validatePackage(changed('SHA256SUMS', sums.subarray(0, -10)))).toThrow(malformed);
    expect(() =>
      validatePackage(
        changed(
          'SHA256SUMS',
          sums.map((byte) => byte ^ 1),
        ),
      ),
    ).toThrow(malformed);
  });

  test('with a file that nobody vouches for', () => {
    const files = build().set('extra.bin', Uint8Array.of(1));
    expect(() => validatePackage(files)).toThrow(fault('unexpected', 'extra.bin'));
  });

  const other = build(43);
  const resealed = { resealed: true };

  test('resealed around a truncated file', () => {
    for (const name of ['model.onnx', 'metadata.json', 'signature.json', 'examples.json']) {
      const truncated = build().get(name)!.subarray(0, -10);
      expect(() => validatePackage(changed(name, truncated, resealed))).toThrow(fault('malformed', name));
    }
  });

  test('resealed around the features or the signature of another model', () => {
    const features = new TextEncoder().encode(
      text(other, 'features.json').replace('"documents":150', '"documents":151'),
    );
    expect(() => validatePackage(changed('features.json', features, resealed))).toThrow(
      fault('mismatched', 'features.json'),
    );
    const signature = new TextEncoder().encode(text(other, 'signature.json').replace('birds', 'bees'));
    expect(() => validatePackage(changed('signature.json', signature, resealed))).toThrow(
      fault('mismatched', 'signature.json'),
    );
  });

  test.each<[string, (signature: string) => string, RegExp]>([
    [
      'an output of another size',
      (text) => text.replace(/"batch",\s+3/, '"batch", 4'),
      /gives "probabilities" as float \[batch, 3\], not float \[batch, 4\]/,
    ],
    [
      'an input of another type',
      (text) => text.replace('"int64"', '"float"'),
      /takes "indices" as int64 \[batch, terms\], not float/,
    ],
    ['an input of another name', (text) => text.replace('"indices"', '"columns"'), /also takes "indices"/],
    [
      'an output that is not there',
      (text) =>
        text
          .replace('"name": "probabilities"', '"name": "other"')
          .replace('"scores": "probabilities"', '"scores": "other"'),
      /gives no "other", but "probabilities"/,
    ],
    [
      'scores that are no output',
      (text) => text.replace('"scores": "probabilities"', '"scores": "logits"'),
      /"scores" names no output: logits/,
    ],
    [
      'an adapter that is not there',
      (text) => text.replace('"tfidf"', '"pixels"'),
      /there is no adapter 'pixels'; there are: blend, columns, tabular, tfidf, tokens/,
    ],
    ['a key that is not known', (text) => text.replace('"task"', '"tasks"'), /"task"|[Uu]nrecognized/],
  ])('resealed around a signature with %s', (_, change, message) => {
    const signature = new TextEncoder().encode(change(text(build(), 'signature.json')));
    expect(() => openPackage(changed('signature.json', signature, resealed))).toThrow(
      expect.objectContaining({
        name: 'InvalidPackage',
        file: 'signature.json',
        message: expect.stringMatching(message),
      }),
    );
  });

  test('is told apart from other errors by its class', () => {
    expect(() => validatePackage(new Map())).toThrow(InvalidPackage);
  });
});
