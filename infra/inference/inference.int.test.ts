import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Tensor } from '../../kernel/ports/inference.ts';
import { encodeModel } from '../../ml/onnx/model-proto.ts';
import { type InferenceOptions, type OnnxInference, startInference } from './inference.ts';

const MiB = 1024 * 1024;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** x + addend, and as many bytes of weights as wished, to have something to leak. */
function adder(addend: number, weights = 1): Uint8Array {
  return encodeModel({
    name: 'adder',
    inputs: [{ name: 'x', type: 'float', shape: ['batch'] }],
    outputs: [{ name: 'y', type: 'float', shape: ['batch'] }],
    constants: [
      { name: 'addend', shape: [1], values: Float32Array.of(addend) },
      { name: 'weights', shape: [weights], values: new Float32Array(weights).fill(0.5) },
      { name: 'axis', shape: [1], values: BigInt64Array.of(0n) },
    ],
    nodes: [
      { operator: 'ReduceMax', inputs: ['weights'], output: 'half', attributes: { keepdims: 0 } },
      { operator: 'Add', inputs: ['addend', 'half'], output: 'sum' },
      { operator: 'Add', inputs: ['x', 'sum'], output: 'y' },
    ],
    metadata: {},
  });
}

const x = (...values: number[]): Record<string, Tensor> => ({
  x: { dims: [values.length], data: Float32Array.from(values) },
});
const valuesOf = ({ y }: Record<string, Tensor>) => [...(y?.data ?? [])];

/** A program that prints the pid of its inference process and goes on living. */
const PARENT = `
  import { startInference } from ${JSON.stringify(new URL('./inference.ts', import.meta.url))};
  const log = () => {};
  const inference = startInference({ logger: { debug: log, info: log, warn: log, error: log } });
  await inference.open(new Uint8Array()).catch(log);
  console.log((await inference.processes())[0].pid);
`;

/** Adds to numbers by the adder in its files, and says how often it has begun in its process. */
const PROGRAM = new URL(
  `data:text/javascript,${encodeURIComponent(`
  let begun = 0;
  const add = async (numbers, run) => [...(await run({ x: { dims: [numbers.length], data: Float32Array.from(numbers) } })).y.data];
  export const program = (files) => ({
    model: files.get('adder'),
    async begin(run) {
      if (files.has('broken')) throw new Error('it does not add');
      await add([1], run);
      begun += 1;
    },
    answer: async (numbers, run) => ({ begun, sums: await add(numbers, run) }),
  });
`)}`,
);

let inference: OnnxInference;
const start = (options: Partial<InferenceOptions> = {}) => {
  inference = startInference({ logger: silent, processes: 1, ...options });
  return inference;
};
const onlyProcess = async () => {
  const [process] = await inference.processes();
  if (!process) throw new Error('no inference process is at work');
  return process;
};
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
afterEach(async () => inference.close());

describe('inference in a child process', () => {
  test('runs what it opened, many at a time, each answer for its own question', async () => {
    const one = await start().open(adder(1));
    const two = await inference.open(adder(2));
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => [
        valuesOf(await one.run(x(i))),
        valuesOf(await two.run(x(i, -i))),
      ]),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => [[i + 1.5], [i + 2.5, -i + 2.5]]));
  });

  test('bytes that are no model, inputs that do not fit and a closed session are failures, not crashes', async () => {
    const session = await start().open(adder(1));
    const { pid } = await onlyProcess();
    await expect(inference.open(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    await expect(inference.open(adder(1).subarray(0, 60))).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
    });
    await expect(session.run({})).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    await session.close();
    await expect(session.run(x(1))).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    expect((await onlyProcess()).pid).toBe(pid);
  });

  test('a run that was asked before its session is closed is answered', async () => {
    const session = await start().open(adder(1));
    const runs = Array.from({ length: 50 }, () => session.run(x(1)));
    await session.close();
    expect((await Promise.all(runs)).map(valuesOf)).toEqual(Array(50).fill([2.5]));
  });

  test('a process that is killed is replaced, and what it had not answered is asked again', async () => {
    const session = await start().open(adder(1));
    const { pid } = await onlyProcess();
    const runs = Array.from({ length: 500 }, (_, i) => session.run(x(i)));
    process.kill(pid, 'SIGKILL');
    expect((await Promise.all(runs)).map(valuesOf)).toEqual(Array.from({ length: 500 }, (_, i) => [i + 1.5]));
    expect((await onlyProcess()).pid).not.toBe(pid);
  });

  test('a program works beside its graph, and begins before its first question in each process', async () => {
    const files = new Map([['adder', adder(1)]]);
    const session = await start().load<number[], unknown>(PROGRAM, files);
    expect(await session.run([1, 2])).toEqual({ begun: 1, sums: [2.5, 3.5] });
    process.kill((await onlyProcess()).pid, 'SIGKILL');
    expect(await session.run([3])).toEqual({ begun: 1, sums: [4.5] });
    const broken = inference.load(PROGRAM, new Map(files).set('broken', Uint8Array.of()));
    await expect(broken).rejects.toMatchObject({ code: 'INFERENCE_FAILED', message: 'it does not add' });
  });

  test('a process without sessions ends after a while, and begins again for the next one', async () => {
    const stays = await start({ processes: 2, idleMs: 20 }).open(adder(1));
    const [staying] = await inference.processes();
    const other = await inference.open(adder(2));
    const ending = (await inference.processes()).find(({ pid }) => pid !== staying!.pid)!;
    const last = other.run(x(1));
    await other.close();
    expect(valuesOf(await last)).toEqual([3.5]);
    await vi.waitUntil(() => !isAlive(ending.pid), { timeout: 120_000 });
    expect((await inference.processes()).map(({ pid }) => pid)).toEqual([staying!.pid]);
    const next = await inference.open(adder(3));
    expect(valuesOf(await next.run(x(1)))).toEqual([4.5]);
    expect(valuesOf(await stays.run(x(1)))).toEqual([2.5]);
    expect(await inference.processes()).toHaveLength(2);
  });

  test('a process that hangs is killed and replaced', async () => {
    const session = await start({ timeoutMs: 5_000 }).open(adder(1));
    const { pid } = await onlyProcess();
    process.kill(pid, 'SIGSTOP');
    expect(valuesOf(await session.run(x(1)))).toEqual([2.5]);
    expect(isAlive(pid)).toBe(false);

    const next = await onlyProcess();
    process.kill(next.pid, 'SIGSTOP');
    await inference.close();
    expect(isAlive(next.pid)).toBe(false);
  });

  test('runs beyond the bound are refused at once, the others answered', async () => {
    const session = await start({ maxRuns: 10 }).open(adder(1));
    const results = await Promise.allSettled(Array.from({ length: 15 }, () => session.run(x(1))));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(5);
    expect(refused[0]).toMatchObject({ reason: { code: 'OVERLOADED' } });
  });

  test('the second session gets a process of its own', async () => {
    await start({ processes: 2 }).open(adder(1));
    await inference.open(adder(2));
    expect((await inference.processes()).map(({ sessions }) => sessions)).toEqual([1, 1]);
  });

  test('a process ends with its parent, however that ends', async () => {
    start();
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', PARENT]);
    const [pid] = await once(parent.stdout, 'data');
    expect(isAlive(Number(pid))).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitUntil(() => !isAlive(Number(pid)), { timeout: 120_000 });
  });

  test('closing ends the processes', async () => {
    await start().open(adder(1));
    const { pid } = await onlyProcess();
    await inference.close();
    expect(isAlive(pid)).toBe(false);
  });
});

describe('a worn process', () => {
  test('is one that has run as often as it may, and is replaced without a failed run', async () => {
    const session = await start({ maxLife: 10 }).open(adder(1));
    const pids = new Set([(await onlyProcess()).pid]);
    for (let round = 0; round < 3; round++) {
      const runs = Array.from({ length: 10 }, (_, i) => session.run(x(i)));
      expect((await Promise.all(runs)).map(valuesOf)).toEqual(runs.map((_, i) => [i + 1.5]));
      pids.add((await onlyProcess()).pid);
    }
    expect(pids.size).toBe(4);
  });

  test('is replaced under load without a failed run, and memory stays bounded over 20 reloads', async () => {
    const session = await start({ maxOpens: 5 }).open(adder(1));
    const pids = new Set<number>();
    const memory: number[] = [];
    let loading = true;
    const load = (async () => {
      let answered = 0;
      for (; loading; answered++) expect(valuesOf(await session.run(x(answered)))).toEqual([answered + 1.5]);
      return answered;
    })();
    for (let reload = 1; reload <= 20; reload++) {
      const other = await inference.open(adder(2, 2 * MiB)); // 8 MiB of weights
      await other.run(x(1));
      await other.close();
      const { pid, rss } = await onlyProcess();
      pids.add(pid);
      memory.push(rss);
    }
    loading = false;
    expect(await load).toBeGreaterThan(20);
    expect(pids.size).toBeGreaterThanOrEqual(4);
    expect(Math.max(...memory) - Math.min(...memory)).toBeLessThan(5 * 3 * 8 * MiB);
  });
});
