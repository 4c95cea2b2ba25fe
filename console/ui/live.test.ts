import { expect, test } from 'vitest';
import { messages } from './live.ts';

test('messages of server-sent events are read across chunks; comments and bare ids are none', async () => {
  const chunks = [
    'retry: 1000\nid: a\n\nid: b\nda',
    'ta: {"é":1}\n',
    '\n: ping\n\ndata: x\ndata: y\n\nid: c\ndata: unfinished',
  ];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  expect(await Array.fromAsync(messages(body))).toEqual(['{"é":1}', 'x\ny']);
});
