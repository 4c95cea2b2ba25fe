import { EpochlogError } from '../../kernel/errors.ts';
import type { ApiSettings } from './settings.ts';

export interface StreamLimits {
  /** Counts an open stream of a client until the returned function is called. TOO_MANY_REQUESTS or OVERLOADED. */
  enter(client: string): () => void;
}

/** Limits the open streams by client and in total. */
export function createStreamLimits({
  streams,
  streamsPerClient,
}: Pick<ApiSettings, 'streams' | 'streamsPerClient'>): StreamLimits {
  const open = new Map<string, number>();
  let total = 0;
  return {
    enter(client) {
      const own = open.get(client) ?? 0;
      if (own >= streamsPerClient) {
        throw new EpochlogError(
          'TOO_MANY_REQUESTS',
          `${client} has ${own} streams open, the limit of a client: close one (EPOCHLOG_API_STREAMS_PER_CLIENT)`,
        );
      }
      if (total >= streams) {
        throw new EpochlogError(
          'OVERLOADED',
          `${total} streams are open, the limit: try again later (EPOCHLOG_API_STREAMS)`,
        );
      }
      open.set(client, own + 1);
      total += 1;
      let entered = true;
      return () => {
        if (!entered) return;
        entered = false;
        total -= 1;
        const left = (open.get(client) ?? 1) - 1;
        if (left > 0) open.set(client, left);
        else open.delete(client);
      };
    },
  };
}
