import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { systemCodeOf } from '../../kernel/errors.ts';
import type { Tensor } from '../../ml/adapters/adapter.ts';
import type { EncoderFiles } from '../../ml/encoder/encoder.ts';
import type { Device, OpenGraph, TrainingCache, TrainingTools } from '../../ml/engines/engine.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { sha256 } from '../../ml/hash.ts';
import { embeddingsIn, touchEmbeddings } from '../../tasks/kept-embeddings.ts';
import { openDevice } from './devices.ts';
import { startWorker } from './workers.ts';

/** What an engine may use of this machine; `folder` is the cache of this user. */
export const trainingTools = (folder: string): TrainingTools => ({
  cache: cacheIn(folder),
  encoderFiles: (name) => readEncoder(isAbsolute(name) ? name : join(folder, 'encoders', name), name),
  cores: availableParallelism(),
  startWorker,
  openGraph,
  openDevice: (name) => openDevice(name, openGraph),
});

async function readEncoder(folder: string, name: string): Promise<EncoderFiles> {
  const read = async (file: string) => {
    try {
      return new Uint8Array(await readFile(join(folder, file)));
    } catch (cause) {
      throw new InvalidInput('weights', await adviceOn(folder, name, file, cause), { cause });
    }
  };
  return {
    config: await read('config.json'),
    weights: await read('model.safetensors'),
    tokenizer: await read('tokenizer.json'),
  };
}

async function adviceOn(folder: string, name: string, file: string, cause: unknown): Promise<string> {
  if (systemCodeOf(cause) !== 'ENOENT' && systemCodeOf(cause) !== 'ENOTDIR') {
    return `${join(folder, file)} cannot be read (${systemCodeOf(cause)})`;
  }
  const others = await readdir(folder).catch(() => []);
  if (others.length > 0) {
    return `${folder} has no ${file}: a pretrained encoder is config.json, model.safetensors and tokenizer.json`;
  }
  return isAbsolute(name)
    ? `there is no folder ${folder} on the machine of the trainer`
    : `the weights of the encoder '${name}' are not in ${folder}: \`epochlog encoder fetch\` on the machine of the trainer gets minilm; or name the absolute path of a folder with config.json, model.safetensors and tokenizer.json`;
}

/** Blocks as files under their digests: one that is damaged is as if it were not there. */
const cacheIn = (cache: string): TrainingCache => ({
  async load(key) {
    const folder = embeddingsIn(cache);
    await touchEmbeddings(cache, key, Date.now());
    const names = await readdir(join(folder, key)).catch(() => []);
    const blocks = names.sort().map(async (name) => {
      const block = new Uint8Array(await readFile(join(folder, key, name)).catch(() => new Uint8Array()));
      return sha256(block) === name ? [block] : [];
    });
    return (await Promise.all(blocks)).flat();
  },
  async add(key, block) {
    const folder = embeddingsIn(cache);
    await mkdir(join(folder, key), { recursive: true, mode: 0o700 });
    const draft = join(folder, key, `draft-${randomUUID()}`);
    try {
      await writeFile(draft, block, { mode: 0o600 });
      await rename(draft, join(folder, key, sha256(block)));
    } finally {
      await rm(draft, { force: true });
    }
  },
});

/**
 * Runs a graph in this process, with all cores or on another device.
 *
 * @param threads of the CPU; 0: one for each core
 */
export async function openGraph(
  onnx: Uint8Array,
  device: Device['name'] = 'cpu',
  threads = 0,
): Promise<OpenGraph> {
  const { InferenceSession, Tensor: OrtTensor } = await import('onnxruntime-node'); // few trainings need it
  const session = await InferenceSession.create(onnx, {
    executionProviders: [device],
    intraOpNumThreads: threads,
    enableMemPattern: false, // texts come in every length
    logSeverityLevel: 3,
  });
  const ort = ({ data, dims }: Tensor) =>
    data instanceof BigInt64Array
      ? new OrtTensor('int64', data, dims)
      : new OrtTensor('float32', floatsOf(data), dims);
  const tensors = (named: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(named).map(([name, tensor]) => [name, ort(tensor)]));
  return {
    async run(inputs, into = {}) {
      const { outputNames } = session;
      const fetches = Object.fromEntries(outputNames.map((name) => [name, null]));
      const outputs = Object.entries(await session.run(tensors(inputs), { ...fetches, ...tensors(into) }));
      return Object.fromEntries(
        outputs.map(([name, { data, dims }]): [string, Tensor] => [
          name,
          into[name] ?? { dims, data: floatsOf(data as Float32Array) },
        ]),
      );
    },
    close: () => session.release(),
  };
}

const floatsOf = (data: Tensor['data']): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data as Float64Array);
