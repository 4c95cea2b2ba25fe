import { expect, test } from 'vitest';
import { openBackend } from './backend.ts';

const missing = (name: string): string => {
  throw new Error(`Cannot find module '${name}'`);
};

/** A package that is there and fails as tfjs-node does where its install script could not get its library. */
const broken = (): string =>
  `data:text/javascript,throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found")`;

test('without TensorFlow it is WebAssembly, and nothing failed', async () => {
  expect(await openBackend('auto', missing)).toMatchObject({ name: 'wasm', failures: [] });
});

test('a native binding that does not load is told, and the next backend computes', async () => {
  const { name, failures, tf } = await openBackend('auto', broken);
  expect(name).toBe('wasm');
  expect(failures).toEqual([
    'tfjs-node-gpu does not work here: Error: The Node.js native addon module (tfjs_binding.node) can not be found',
    'tfjs-node does not work here: Error: The Node.js native addon module (tfjs_binding.node) can not be found',
  ]);
  expect(tf.getBackend()).toBe('wasm');
});

test('a backend that is asked for and is not there, or does not load, is refused', async () => {
  await expect(openBackend('gpu', missing)).rejects.toMatchObject({
    code: 'parameter',
    message: expect.stringMatching(
      /^backend gpu: .* is not installed .*: npm install @tensorflow\/tfjs-node-gpu@4/,
    ),
  });
  await expect(openBackend('node', broken)).rejects.toMatchObject({
    code: 'parameter',
    message: expect.stringMatching(/^backend: tfjs-node does not work here: .*tfjs_binding\.node/),
  });
});
