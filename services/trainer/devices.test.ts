import { expect, test } from 'vitest';
import type { Device, OpenGraph } from '../../ml/engines/engine.ts';
import { encodeModel } from '../../ml/onnx/model-proto.ts';
import { DeviceLost, openDevice } from './devices.ts';
import { openGraph } from './tools.ts';

/** A machine whose clock moves only while a graph runs: 20 ms on the CPU, as long as is said on its other device. */
function machine(device: Device['name'], milliseconds: number, change = (graph: OpenGraph) => graph) {
  let clock = 0;
  const timed = (graph: OpenGraph, takes: number): OpenGraph => ({
    ...graph,
    async run(inputs) {
      clock += takes;
      return graph.run(inputs);
    },
  });
  const opens = async (onnx: Uint8Array, name: Device['name']): Promise<OpenGraph> => {
    if (name !== 'cpu' && name !== device) throw new Error(`no available backend found: ${name}`);
    const graph = await openGraph(onnx);
    return name === 'cpu' ? timed(graph, 20) : timed(change(graph), milliseconds);
  };
  return { opens, now: () => clock };
}

test.each([
  { device: 'webgpu', milliseconds: 5, chosen: 'webgpu' },
  { device: 'webgpu', milliseconds: 500, chosen: 'cpu' },
  { device: 'cpu', milliseconds: 20, chosen: 'cpu' },
] as const)(
  'auto on a machine with $device in $milliseconds ms takes $chosen',
  async ({ device, milliseconds, chosen }) => {
    const { opens, now } = machine(device, milliseconds);
    expect((await openDevice('auto', opens, now)).name).toBe(chosen);
  },
);

const shape = [2, 2];
const x = { dims: shape, data: Float32Array.of(1, 2, 3, 4) };
const product = encodeModel({
  name: 'product',
  inputs: [{ name: 'x', type: 'float', shape }],
  outputs: [{ name: 'y', type: 'float', shape }],
  constants: [],
  nodes: [{ operator: 'MatMul', inputs: ['x', 'x'], output: 'y' }],
  metadata: {},
});

const nines = { y: { dims: [512, 512], data: new Float32Array(512 * 512).fill(9) } };

test('a device that disappears ends the work with its name; one whose memory runs out says so itself', async () => {
  let fault: string | undefined;
  const failing = (graph: OpenGraph): OpenGraph => ({
    ...graph,
    run: async (inputs) => {
      if (fault !== undefined) throw new Error(fault);
      return graph.run(inputs);
    },
  });
  const { opens, now } = machine('cuda', 5, failing);
  const device = await openDevice('cuda', opens, now);
  const graph = await device.openGraph(product);
  fault = 'CUDA failure 700: an illegal memory access was encountered';
  await expect(graph.run({ x })).rejects.toThrow(new DeviceLost(`device cuda stopped working: ${fault}`));
  fault = 'CUDA failure 2: out of memory';
  await expect(graph.run({ x })).rejects.toThrow(fault);
  await expect(graph.run({ x })).rejects.not.toBeInstanceOf(DeviceLost);
  fault = 'gone';
  await expect(openDevice('cuda', opens, now)).rejects.toThrow(
    /device cuda does not work .+: gone; auto takes/,
  );
  expect((await openDevice('auto', opens, now)).name).toBe('cpu');
});

test.each([
  [machine('cuda', 5, (graph) => ({ ...graph, run: async () => nines })), /product of two matrices is wrong/],
  [machine('webgpu', 5), /no available backend found: cuda/],
  [machine('cuda', 500), /it multiplies matrices in 500\.0 ms, the CPU in 20\.0/],
] as const)('a device that is asked for and does not work is refused: %#', async ({ opens, now }, reason) => {
  await expect(openDevice('cuda', opens, now)).rejects.toMatchObject({
    code: 'parameter',
    message: expect.stringMatching(reason),
  });
});
