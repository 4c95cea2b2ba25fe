import type { Position } from '../../kernel/ports/log.ts';
import { type NewEvent, newEvent, type Service } from '../../schemas/catalogue.ts';
import type { MirrorDue } from '../../schemas/events.generated.ts';
import { writeBatch } from './batch.ts';
import { MirrorFault, MlflowClient } from './client.ts';
import { MIRRORED, type MirroredEvent } from './mirrored.ts';
import { MlflowServer } from './server.ts';
import { type MirrorSettings, settings } from './settings.ts';
import { OWN_FACTS, Queue, type Waiting } from './state.ts';
import { linksOf } from './write.ts';

/** events that are written before what was done is committed */
const BATCH = 100;
/** after the first failure; it doubles with each */
const INITIAL_PAUSE_MS = 1_000;

/**
 * Writes runs, their epochs, packages and versions to a tracking server of MLflow. What waits is a queue that follows from
 * the log; it is worked off in batches, in the order of the log. While the server is away nothing is lost and no other service waits.
 * A replay writes nothing.
 */
export const service: Service<MirrorSettings> = {
  name: 'mirror',
  settings,
  reactsTo: [...MIRRORED, 'MirrorDue'],
  effects: true,
  stateFrom: [...MIRRORED, ...OWN_FACTS],
  start(context) {
    const { settings, maps, artifacts, events, clock, logger, signal } = context;
    const { uri } = settings;
    const since = settings.since === undefined ? 0 : Date.parse(settings.since);
    const queue = new Queue(uri, (event) => (event.time >= since ? linksOf(event) : undefined), maps);
    const server = uri === undefined ? undefined : new MlflowServer(new MlflowClient(uri, settings, signal));
    const mlflowRunOf = (aggregate: string) => queue.mlflowRunOf(aggregate);

    async function read({ at, id }: Waiting): Promise<MirroredEvent> {
      for await (const record of events.range(at, at.offset + 1))
        for (const event of await events.decode(record)) if (event.id === id) return event as MirroredEvent;
      throw new Error(`the log has no event ${id} at ${textOf(at)}`);
    }

    function failed(due: Omit<MirrorDue, 'dueAt'>, { code, message }: MirrorFault, isOff = false): NewEvent {
      const pause = Math.min(INITIAL_PAUSE_MS * 2 ** (due.attempt - 1), settings.maxPauseSeconds * 1_000);
      const retryAt = clock.now() + (isOff ? 0 : pause);
      return newEvent('MirrorAttemptFailed', { ...due, code, reason: message, retryAt });
    }

    async function work({ server: address, eventId, attempt }: MirrorDue): Promise<NewEvent[]> {
      if (!server || address !== uri) {
        const off = new MirrorFault('MIRROR_OFF', 'EPOCHLOG_MIRROR_URI is not this address any more');
        return [failed({ server: address, eventId, attempt }, off, true)];
      }
      const waiting = await Promise.all(queue.next(BATCH).map(read));
      const mirror = { server, settings, artifacts, mlflowRunOf };
      const { facts, fault } = await writeBatch(waiting, address, mirror);
      if (!fault) return facts;
      const next = {
        ...{ server: address, eventId: waiting[facts.length]?.id ?? eventId },
        attempt: facts.length === 0 ? attempt : 1,
      };
      logger.warn(
        { code: fault.code, attempt: next.attempt, waiting: queue.size },
        `mirror: ${fault.message}`,
      );
      return [...facts, failed(next, fault)];
    }

    return {
      evolve: (event) => queue.evolve(event),
      timers: () => queue.timers(),
      snapshot: () => queue.snapshot(),
      resume(saved: unknown) {
        queue.resume(saved as ReturnType<Queue['snapshot']>);
      },
      /** Says at once where the server cannot be written to; the services start all the same, and do not wait for it. */
      async restored() {
        server?.check().catch((error: unknown) => {
          if (error instanceof MirrorFault)
            logger.error({ code: error.code, waiting: queue.size }, `mirror: ${error.message}`);
          else if (!signal.aborted) logger.error({ err: error }, 'mirror: the server was not checked');
        });
      },
      react: (event) => (event.type === 'MirrorDue' ? work(event.data) : []),
    };
  },
};

const textOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}@${offset}`;
