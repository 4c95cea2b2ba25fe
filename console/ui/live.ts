import { useEffect, useState } from 'preact/hooks';
import { ApiError, pathOf, send } from './api.ts';

/** shown at once; older ones scroll away */
const KEPT = 200;
const RETRY_MS = 1_000;

/** An event as the stream tells it. */
export interface LiveEvent {
  id: string;
  type: string;
  stream: string;
  subject: string;
  source: string;
  time: string;
}

export interface Live {
  /** newest first */
  events: readonly LiveEvent[];
  state: 'connecting' | 'live' | 'reconnecting';
}

/** The events from now on, by server-sent events over fetch, which can carry a token. It reconnects where it was. */
export function useLive(filter: { stream?: string; type?: string }, isOn: boolean): Live {
  const [live, setLive] = useState<Live>({ events: [], state: 'connecting' });
  const path = pathOf('/v1/events/stream', { from: 'now', ...filter });
  useEffect(() => {
    if (!isOn) return;
    const stop = new AbortController();
    setLive({ events: [], state: 'connecting' });
    void follow(path, stop.signal, {
      onOpen: () => setLive(({ events }) => ({ events, state: 'live' })),
      onEvent: (event) =>
        setLive(({ events, state }) => ({ events: [event, ...events].slice(0, KEPT), state })),
      onLost: () => setLive(({ events }) => ({ events, state: 'reconnecting' })),
    });
    return () => stop.abort();
  }, [path, isOn]);
  return live;
}

interface Follower {
  onOpen(): void;
  onEvent(event: LiveEvent): void;
  onLost(): void;
}

async function follow(path: string, signal: AbortSignal, follower: Follower): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await send(path, signal);
      follower.onOpen();
      for await (const data of messages(response.body!)) follower.onEvent(JSON.parse(data) as LiveEvent);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError || error instanceof TypeError)) throw error; // TypeError: the network failed
    }
    follower.onLost();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The data of the messages of a stream of server-sent events. */
export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of body.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>,
  )) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop()!;
    for (const part of parts) {
      const data = part.split('\n').filter((line) => line.startsWith('data:'));
      if (data.length > 0) yield data.map((line) => line.slice('data:'.length).trimStart()).join('\n');
    }
  }
}
