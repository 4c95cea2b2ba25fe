import { createRequire } from 'node:module';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-core';
import { InvalidInput } from '../errors.ts';
import type { NetworkParameters } from './parameters.ts';

export type TensorFlow = typeof tfjs;

/** TensorFlow.js with a backend that computes. */
export interface OpenBackend {
  readonly tf: TensorFlow;
  /** such as `wasm`, or `tfjs-node-gpu on a GPU` */
  readonly name: string;
  /** of each that is installed and does not work here: which, and why */
  readonly failures: readonly string[];
}

type Wanted = NetworkParameters['backend'];

/** Packages that users install themselves, since they bring a TensorFlow for their machine. */
const NATIVE = { gpu: '@tensorflow/tfjs-node-gpu', node: '@tensorflow/tfjs-node' } as const;
const VERSION = '4.22.0';

/** Finds a package as Node finds those of this project. Replaced in tests. */
type Resolve = (name: string) => string;

/**
 * The first backend that works: TensorFlow on a GPU, TensorFlow on the CPU, where the user has installed them, WebAssembly,
 * plain JavaScript. Which ones are installed and do not work is said.
 *
 * @throws InvalidInput `parameter` when the one that is asked for is not there, or does not work
 */
export async function openBackend(
  wanted: Wanted,
  resolve: Resolve = createRequire(import.meta.url).resolve,
): Promise<OpenBackend> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-layers'); // with it come the gradients, which tfjs-core in Node is without
  tf.enableProdMode(); // else each result is searched for NaN, and the backend cpu advertises another
  const failures: string[] = [];
  for (const candidate of wanted === 'auto' ? (['gpu', 'node', 'wasm', 'cpu'] as const) : [wanted]) {
    const isInstalled = candidate === 'wasm' || candidate === 'cpu' || isThere(NATIVE[candidate], resolve);
    if (!isInstalled) {
      if (wanted !== 'auto') throw notInstalled(candidate);
      continue;
    }
    try {
      const name = await OPEN[candidate](tf, resolve);
      return { tf: withFastGradients(tf), name, failures };
    } catch (error) {
      failures.push(`${nameOf(candidate)} does not work here: ${firstLine(error)}`);
    }
  }
  throw new InvalidInput('parameter', `backend: ${failures.join('; ')}`);
}

const OPEN: Record<Exclude<Wanted, 'auto'>, (tf: TensorFlow, resolve: Resolve) => Promise<string>> = {
  gpu: (tf, resolve) => openNative('gpu', tf, resolve),
  node: (tf, resolve) => openNative('node', tf, resolve),
  async wasm(tf) {
    await import('@tensorflow/tfjs-backend-wasm');
    await use('wasm', tf);
    return 'wasm';
  },
  async cpu(tf) {
    await import('@tensorflow/tfjs-backend-cpu');
    await use('cpu', tf);
    return 'cpu';
  },
};

/** Both packages register a backend of the same name, at their import. */
async function openNative(which: 'gpu' | 'node', tf: TensorFlow, resolve: Resolve): Promise<string> {
  // gone since Node 23, and called by them
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
  await import(resolve(NATIVE[which]));
  await use('tensorflow', tf);
  const isOnGpu = Reflect.get(tf.backend(), 'isUsingGpuDevice') === true;
  return `${nameOf(which)}${isOnGpu ? ' on a GPU' : ' on the CPU'}`;
}

/** Makes it the backend, and has it compute something. */
async function use(name: string, tf: TensorFlow): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error('it does not initialise');
  const product = tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync()[0]);
  if (product !== 3) throw new Error(`it says that 1 · 1 + 1 · 1 + 1 · 1 is ${product}`);
}

/** Of a product by explicit transposes: as the library has it, a step of the backend wasm takes 2.6 times as long. */
function withFastGradients(tf: TensorFlow): TensorFlow {
  tf.unregisterGradient(tf.BatchMatMul);
  tf.registerGradient({
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc: (by, [a, b]) => ({
      a: () => tf.matMul(by as tfjs.Tensor, tf.transpose(b!)),
      b: () => tf.matMul(tf.transpose(a!), by as tfjs.Tensor),
    }),
  });
  return tf;
}

function isThere(name: string, resolve: Resolve): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}

const nameOf = (backend: Exclude<Wanted, 'auto'>): string =>
  backend === 'gpu' || backend === 'node' ? NATIVE[backend].replace('@tensorflow/', '') : backend;

const notInstalled = (backend: Exclude<Wanted, 'auto'>): InvalidInput => {
  const name = backend === 'gpu' ? NATIVE.gpu : NATIVE.node;
  const reason = `backend ${backend}: ${name} is not installed on the machine of the trainer: npm install ${name}@${VERSION}`;
  return new InvalidInput('parameter', `${reason}, or leave backend at auto`);
};

const firstLine = (error: unknown): string => String(error).trim().split('\n', 1)[0]!;
