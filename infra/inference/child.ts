/**
 * An inference process: opens ONNX models and runs them as its parent asks, one command after the other, so
 * that no session is closed under a run. It ends with its parent: the channel between them closes then.
 */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { messageOf } from '../../kernel/errors.ts';
import type { Tensor } from '../../kernel/ports/inference.ts';
import type { Command, Reply, Request } from './protocol.ts';

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

const sessions = new Map<number, InferenceSession>();

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

async function run(session: InferenceSession, inputs: Readonly<Record<string, Tensor>>) {
  const feeds = Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]);
  const outputs = Object.entries(await session.run(Object.fromEntries(feeds)));
  return Object.fromEntries(outputs.map(([name, tensor]) => [name, fromOrt(name, tensor)]));
}

async function perform(command: Command): Promise<Record<string, Tensor>> {
  const session = sessions.get(command.session);
  switch (command.do) {
    case 'open':
      if (!session)
        sessions.set(command.session, await InferenceSession.create(command.model, SESSION_OPTIONS));
      return {};
    case 'run':
      if (!session) throw new Error('the session is closed');
      return run(session, command.inputs);
    case 'close':
      sessions.delete(command.session);
      await session?.release();
      return {};
  }
}

async function answer(request: Request): Promise<Reply> {
  const { id } = request;
  try {
    const outputs = await perform(request);
    return { id, rss: process.memoryUsage.rss(), outputs };
  } catch (error) {
    return { id, rss: process.memoryUsage.rss(), error: messageOf(error) };
  }
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
