import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import type { MeasurementCompleted } from '../events.generated.ts';

/** What a measurement was asked, and over which events. */
export type Measurement = Pick<MeasurementCompleted, 'query' | 'parameters' | 'ranges'>;

/**
 * Rows of a named query over the events in the ranges. The query takes its parameters as text, and the ends of the ranges
 * as `{until:Map(String, UInt64)}`, by `topic/partition`: of what came later no row may count.
 */
export function measure(
  query: NamedQuery,
  { query: name, parameters, ranges }: Measurement,
): Promise<object[]> {
  const until = new Map(ranges.map(({ topic, partition, to }) => [`${topic}/${partition}`, to] as const));
  return query<object>(name, { ...parameters, until });
}
