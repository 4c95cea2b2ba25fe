import { messageOf } from '../../kernel/errors.ts';
import type { Device, OpenGraph } from '../../ml/engines/engine.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { encodeModel } from '../../ml/onnx/model-proto.ts';
import { seededRandom } from '../../ml/random.ts';
import { isOutOfMemory } from '../../ml/training/batches.ts';

type Opens = (onnx: Uint8Array, device: Device['name']) => Promise<OpenGraph>;

const GRAPHICS: readonly Device['name'][] = ['cuda', 'webgpu'];
/** rows and columns of a matrix that is multiplied by itself to try a device */
const SIZE = 512;
const ROUNDS = 3;

/** A device worked, and does so no longer. Another process may find it again, or another device. */
export class DeviceLost extends Error {}

/** See `TrainingTools.openDevice`. A software renderer passes for WebGPU, so each device is timed beside the CPU. */
export async function openDevice(
  asked: Device['name'] | 'auto',
  opens: Opens,
  now: () => number = () => performance.now(),
): Promise<Device> {
  const device = (name: Device['name']): Device => ({
    name,
    openGraph: async (onnx) => watched(await opens(onnx, name), name),
  });
  if (asked === 'cpu') return device('cpu');
  const cpu = await tried('cpu', opens, now);
  for (const name of asked === 'auto' ? GRAPHICS : [asked]) {
    const fault = await faultOf(name, cpu, opens, now);
    if (fault === undefined) return device(name);
    if (asked === 'auto') continue;
    const reason = `device ${name} does not work on the machine of the trainer: ${fault}; auto takes what works`;
    throw new InvalidInput('parameter', reason);
  }
  return device('cpu');
}

/** A graph whose failures are those of its device, but for memory, which fewer samples at a time may spare. */
function watched(graph: OpenGraph, name: Device['name']): OpenGraph {
  if (name === 'cpu') return graph;
  return {
    ...graph,
    async run(inputs, into) {
      try {
        return await graph.run(inputs, into);
      } catch (cause) {
        if (isOutOfMemory(cause)) throw cause;
        throw new DeviceLost(`device ${name} stopped working: ${messageOf(cause)}`, { cause });
      }
    },
  };
}

interface Trial {
  readonly milliseconds: number;
  readonly values: Float32Array;
}

async function faultOf(
  name: Device['name'],
  cpu: Trial,
  opens: Opens,
  now: () => number,
): Promise<string | undefined> {
  let trial: Trial;
  try {
    trial = await tried(name, opens, now);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const isRight = trial.values.every((value, at) => Math.abs(value - cpu.values[at]!) < 0.01);
  if (!isRight) return 'its product of two matrices is wrong';
  if (trial.milliseconds <= cpu.milliseconds) return undefined;
  return `it multiplies matrices in ${trial.milliseconds.toFixed(1)} ms, the CPU in ${cpu.milliseconds.toFixed(1)}`;
}

/** The product of a matrix with itself, and the least time of some rounds. */
async function tried(name: Device['name'], opens: Opens, now: () => number): Promise<Trial> {
  const shape = [SIZE, SIZE];
  const graph = await opens(
    encodeModel({
      name: 'trial',
      inputs: [{ name: 'x', type: 'float', shape }],
      outputs: [{ name: 'y', type: 'float', shape }],
      constants: [],
      nodes: [{ operator: 'MatMul', inputs: ['x', 'x'], output: 'y' }],
      metadata: {},
    }),
    name,
  );
  try {
    const random = seededRandom(1);
    const x = { dims: shape, data: Float32Array.from({ length: SIZE * SIZE }, () => random() - 0.5) };
    let milliseconds = Number.POSITIVE_INFINITY;
    let values = new Float32Array();
    for (let round = 0; round < ROUNDS; round++) {
      const start = now();
      const { y } = await graph.run({ x });
      milliseconds = Math.min(milliseconds, now() - start);
      values = y!.data as Float32Array<ArrayBuffer>;
    }
    return { milliseconds, values };
  } finally {
    await graph.close();
  }
}
