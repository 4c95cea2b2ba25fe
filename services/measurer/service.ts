import { failureOf } from '../../kernel/errors.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type { MeasurementRequested } from '../../schemas/events.generated.ts';
import { measure } from '../../schemas/measurements/measure.ts';
import { projected } from '../../schemas/measurements/projected.ts';

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
