import { expect, test } from 'vitest';
import { safetensors, tinyEncoder, tinyTensors, wordPiece } from '../../test/harness/tiny-encoder.ts';
import { type EncoderFiles, openEncoder } from './encoder.ts';
import { floatsOf, readSafetensors } from './safetensors.ts';
import { parseTokenizer } from './tokenizer.ts';

const tensors = tinyTensors();
const WORDS = 'embeddings.word_embeddings.weight';
const utf8 = (text: string) => new TextEncoder().encode(text);
const without = (name: string) =>
  Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== name));
const renamed = (name: (old: string) => string) =>
  Object.fromEntries(Object.entries(tensors).map(([old, tensor]) => [name(old), tensor]));

test('an encoder opens, with the prefix of its library and the names of its first releases too', () => {
  const { config, tokenizer, digest } = openEncoder(tinyEncoder(), 128);
  const { hidden, layers } = config;
  expect({ hidden, layers, vocabulary: tokenizer.vocabulary }).toEqual({
    hidden: 32,
    layers: 2,
    vocabulary: tensors[WORDS]!.shape[0],
  });
  const old = renamed((name) =>
    `bert.${name}`.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
  );
  const other = openEncoder(tinyEncoder({ tensors: old }), 128);
  expect(other.graph).toEqual(openEncoder(tinyEncoder(), 128).graph);
  expect(other.digest).not.toBe(digest);
});

const files = tinyEncoder();
const FAULTS: readonly [string, Partial<EncoderFiles>, string | RegExp][] = [
  [
    'a tensor is missing',
    tinyEncoder({ tensors: without('encoder.layer.1.output.dense.bias') }),
    'model.safetensors has no tensor encoder.layer.1.output.dense.bias, which config.json asks for',
  ],
  [
    'a layer more is asked for than there are',
    tinyEncoder({ config: { num_hidden_layers: 3 } }),
    /no tensor encoder\.layer\.2\./,
  ],
  [
    'the vocabulary is of another size',
    tinyEncoder({ config: { vocab_size: 40 } }),
    `model.safetensors: ${WORDS} is [${tensors[WORDS]!.shape}`.replace(',', ', '),
  ],
  [
    'the tokenizer has more tokens than the encoder',
    { tokenizer: utf8(JSON.stringify(wordPiece(Array.from({ length: 90 }, (_, at) => `t${at}`)))) },
    /tokenizer\.json has 90 tokens, and the encoder knows \d+ \(config\.json\)/,
  ],
  [
    'the weights are truncated',
    { weights: files.weights.subarray(0, -1_000) },
    /model\.safetensors is truncated: the tensor \S+ is to end at byte \d+ of \d+/,
  ],
  [
    'the header of the weights is truncated',
    { weights: files.weights.subarray(0, 500) },
    /its header is to have/,
  ],
  ['the weights are empty', { weights: new Uint8Array() }, 'model.safetensors is truncated: it has 0 bytes'],
  ['the weights are something else', { weights: utf8('PK zip, no tensors here') }, /is truncated/],
  [
    'the tokenizer is truncated',
    { tokenizer: files.tokenizer.subarray(0, 300) },
    /tokenizer\.json is no tokenizer/,
  ],
  [
    'the configuration is truncated',
    { config: files.config.subarray(0, 20) },
    /config\.json is not a JSON object/,
  ],
  [
    'it is another kind of model',
    { config: utf8('{"model_type": "t5"}') },
    '"model_type" is "t5"; there are "bert" and "distilbert"',
  ],
  [
    'it has another activation',
    tinyEncoder({ config: { hidden_act: 'relu' } }),
    /"hidden_act": only "gelu" is known/,
  ],
  [
    'its heads do not fit',
    tinyEncoder({ config: { num_attention_heads: 5 } }),
    '32 hidden units cannot be split among 5 heads',
  ],
];

test.each(FAULTS)('%s: a clear error', (_, change, message) => {
  expect(() => openEncoder({ ...files, ...change }, 128)).toThrow(
    expect.objectContaining({
      code: 'weights',
      message: message instanceof RegExp ? expect.stringMatching(message) : expect.stringContaining(message),
    }),
  );
});

test('more tokens than there are positions are refused', () => {
  expect(() => openEncoder(files, 513)).toThrow('maxTokens is 513, and this encoder takes 512 at most');
});

test('halves are read, wherever they lie in a file', () => {
  const header = utf8(
    JSON.stringify({
      half: { dtype: 'F16', shape: [2], data_offsets: [1, 5] },
      brain: { dtype: 'BF16', shape: [1, 1], data_offsets: [5, 7] },
      count: { dtype: 'I64', shape: [], data_offsets: [7, 15] },
    }),
  );
  const halves = new Uint8Array(new Float16Array([1.5, -0.25]).buffer);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = Buffer.concat([length, header, Buffer.of(0), halves, Buffer.of(0x20, 0xc0), Buffer.alloc(8)]);
  const read = readSafetensors(file, 'f');
  expect([...floatsOf(read.get('half')!, 'half')]).toEqual([1.5, -0.25]);
  expect([...floatsOf(read.get('brain')!, 'brain')]).toEqual([-2.5]);
  expect(() => floatsOf(read.get('count')!, 'count')).toThrow('the tensor count is of type I64');
});

test('a text that is too long loses its end, and keeps the token that ends it', () => {
  const tokenizer = parseTokenizer(files.tokenizer);
  const whole = tokenizer.encode('The wing, nests and SONG', 128);
  expect(whole).toHaveLength(9); // [CLS] the wing [UNK] nest ##s and song [SEP]
  expect(tokenizer.encode('The wing, nests and SONG', 5)).toEqual([...whole.slice(0, 4), whole.at(-1)]);
  expect(tokenizer.encode('', 128)).toEqual([2, 3]);
});

test('safetensors written here are read back', () => {
  const read = readSafetensors(safetensors(tensors), 'f');
  expect(floatsOf(read.get(WORDS)!, WORDS)).toEqual(tensors[WORDS]!.values);
});
