/**
 * An inference process: opens ONNX models and runs them as its parent asks, one command after the other, so
 * that no session is closed under a run. It ends with its parent: the channel between them closes then.
 */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { messageOf } from '../../kernel/errors.ts';
import type { Loaded, RunGraph, Tensor, Tensors } from '../../kernel/ports/inference.ts';
import type { Command, Reply, Request, Source } from './protocol.ts';

/**
 * Batches come in every shape: an allocation plan or an arena kept for each would grow without end. One thread:
 * the models are small, and the other cores serve.
 */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableMemPattern: false,
  enableCpuMemArena: false,
  logSeverityLevel: 3,
};

/** Runs between two looks at the memory of the process: each look takes as long as a small graph. */
const RUNS_PER_LOOK = 64;

interface Opened {
  session: InferenceSession;
  answer(question: unknown): Promise<unknown>;
}

const opened = new Map<number, Opened>();
let runs = 0;

function toOrt({ data, dims }: Tensor): OrtTensor {
  if (data instanceof Float32Array) return new OrtTensor('float32', data, dims);
  if (data instanceof Float64Array) return new OrtTensor('float64', data, dims);
  if (data instanceof BigInt64Array) return new OrtTensor('int64', data, dims);
  return new OrtTensor('string', [...data], dims);
}

function fromOrt(name: string, { data, dims, type }: OrtTensor): Tensor {
  const isNumeric =
    data instanceof Float32Array || data instanceof Float64Array || data instanceof BigInt64Array;
  if (isNumeric || Array.isArray(data)) return { dims, data };
  throw new TypeError(`output ${name} is of type ${type}, which is not supported`);
}

async function run(session: InferenceSession, inputs: Tensors): Promise<Tensors> {
  const feeds = Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]);
  const outputs = Object.entries(await session.run(Object.fromEntries(feeds)));
  return Object.fromEntries(outputs.map(([name, tensor]) => [name, fromOrt(name, tensor)]));
}

async function loadedOf(source: Source): Promise<Loaded<unknown, unknown>> {
  if ('program' in source) return (await import(source.program)).program(source.files);
  return {
    model: source.model,
    begin: async () => {},
    answer: (inputs, runGraph) => runGraph(inputs as Tensors),
  };
}

async function open(source: Source): Promise<Opened> {
  const loaded = await loadedOf(source);
  const session = await InferenceSession.create(loaded.model, SESSION_OPTIONS);
  const runGraph: RunGraph = (inputs) => run(session, inputs);
  await loaded.begin(runGraph).catch(async (error: unknown) => {
    await session.release();
    throw error;
  });
  return { session, answer: (question) => loaded.answer(question, runGraph) };
}

async function perform(command: Command): Promise<unknown> {
  const own = opened.get(command.session);
  switch (command.do) {
    case 'open':
      if (!own) opened.set(command.session, await open(command.source));
      return undefined;
    case 'run':
      if (!own) throw new Error('the session is closed');
      return own.answer(command.question);
    case 'close':
      opened.delete(command.session);
      await own?.session.release();
      return undefined;
  }
}

async function answer(request: Request): Promise<Reply> {
  const { id } = request;
  const outcome = await perform(request).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error: messageOf(error) }),
  );
  const isLook = request.do !== 'run' || runs++ % RUNS_PER_LOOK === 0;
  return { id, ...outcome, ...(isLook && { rss: process.memoryUsage.rss() }) };
}

let last: Promise<unknown> = Promise.resolve();
process.on('message', (request: Request) => {
  last = last.then(async () => {
    const reply = await answer(request);
    if (process.connected) process.send?.(reply);
  });
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole process group; the parent decides when it is over
