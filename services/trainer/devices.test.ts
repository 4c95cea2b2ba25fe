import { expect, test } from 'vitest';
import type { Device, OpenGraph } from '../../ml/engines/engine.ts';
import { openDevice } from './devices.ts';
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

const nines = { y: { dims: [512, 512], data: new Float32Array(512 * 512).fill(9) } };

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
