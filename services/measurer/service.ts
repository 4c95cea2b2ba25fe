import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import type { Position } from '../../kernel/ports/log.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type { MeasurementRequested } from '../../schemas/events.generated.ts';
import { measure } from '../../schemas/measurements/measure.ts';

const TIMEOUT_MS = 60_000;
/** Kafka's transaction markers take offsets too: the last event is not always at the end */
const MARKERS = 16;

/** Answers measurements: waits until the events of now are in every projection, and asks the warehouse. */
export const service = reactorService({
  name: 'measurer',
  reactsTo: ['MeasurementRequested'],
  usesWarehouse: true,
  start: (context) => ({
    on: { MeasurementRequested: ({ data }, _emit, cancelled) => answer(data, context, cancelled) },
  }),
});

async function answer(
  { measurementId, model, query, streams, parameters }: MeasurementRequested,
  context: ServiceContext,
  cancelled: AbortSignal,
): Promise<NewEvent[]> {
  try {
    const queryDigest = context.query.digestOf(query);
    const ends = await context.events.endOffsets(streams);
    await projected(ends, context, cancelled);
    const ranges = ends.map(({ topic, partition, offset }) => ({ topic, partition, from: 0, to: offset }));
    const rows = JSON.stringify(await measure(context.query, { query, parameters, ranges }));
    return [
      newEvent('MeasurementCompleted', {
        measurementId,
        model,
        query,
        queryDigest,
        parameters,
        ranges,
        rows,
      }),
    ];
  } catch (error) {
    return [newEvent('MeasurementFailed', { measurementId, model, query, ...failureOf(error) })];
  }
}

/** Resolves when all events before the ends are in every projection. WAREHOUSE_UNAVAILABLE after a minute. */
async function projected(
  ends: readonly Position[],
  { events, warehouse, signal }: ServiceContext,
  cancelled: AbortSignal,
): Promise<void> {
  const last = await Promise.all(
    ends.map(async (end) => {
      const from = { ...end, offset: Math.max(0, end.offset - MARKERS) };
      return (await Array.fromAsync(events.range(from, end.offset))).at(-1);
    }),
  );
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    await warehouse.waitFor(
      last.filter((record) => record !== undefined),
      AbortSignal.any([timeout, signal, cancelled]),
    );
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new EpochlogError(
      'WAREHOUSE_UNAVAILABLE',
      `after ${TIMEOUT_MS / 1000} s the projector has not written all events of ${ends.map(({ topic }) => topic).join(', ')}`,
      { cause: error },
    );
  }
}
