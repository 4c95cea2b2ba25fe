import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../../kernel/logger.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import { type EventReader, streamOf } from '../../../schemas/catalogue.ts';
import { foldToken, TOKEN_FACTS, type TokenFact, type Tokens } from '../../../schemas/tokens/tokens.ts';
import type { KnownTokens } from './token-access.ts';

const STREAM = streamOf('TokenCreated');
/** after an error of the log, before it is read again */
const RETRY_MS = 1_000;
/** for a request with a token that is not known yet */
const CATCH_UP_TIMEOUT_MS = 1_000;
const CATCH_UP_INTERVAL_MS = 5;

type Reading = Pick<EventReader, 'endOffsets' | 'scan' | 'follow' | 'decode'>;

/** The tokens of the log as they are, until the signal aborts. Resolves when those of now are known. */
export async function followTokens(
  events: Reading,
  logger: Logger,
  signal: AbortSignal,
): Promise<KnownTokens> {
  const tokens: Tokens = new Map();
  const reached = await events.endOffsets([STREAM]);
  for await (const event of events.scan(TOKEN_FACTS, reached)) foldToken(tokens, event);
  const next = new Map(reached.map((position) => [nameOf(position), { ...position }]));
  void follow(events, tokens, next, logger, signal);
  let catchingUp: Promise<void> | undefined;
  const catchUp = async () => {
    const ends = await events.endOffsets([STREAM]);
    const isThere = () => ends.every((end) => (next.get(nameOf(end))?.offset ?? 0) >= end.offset);
    const deadline = performance.now() + CATCH_UP_TIMEOUT_MS;
    while (!isThere() && performance.now() < deadline) await sleep(CATCH_UP_INTERVAL_MS);
  };
  return {
    get: (id) => tokens.get(id),
    caughtUp() {
      catchingUp ??= catchUp().finally(() => {
        catchingUp = undefined;
      });
      return catchingUp;
    },
  };
}

const nameOf = ({ topic, partition }: Position): string => `${topic}/${partition}`;

async function follow(
  events: Reading,
  tokens: Tokens,
  next: Map<string, Position>,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const record of events.follow([...next.values()], signal)) {
        for (const event of await events.decode(record)) if (isTokenFact(event)) foldToken(tokens, event);
        next.set(nameOf(record), {
          topic: record.topic,
          partition: record.partition,
          offset: record.offset + 1,
        });
      }
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error }, 'the tokens of the log cannot be read: those known so far count on');
      await sleep(RETRY_MS);
    }
  }
}

const isTokenFact = (event: { type: string }): event is TokenFact =>
  (TOKEN_FACTS as readonly string[]).includes(event.type);
