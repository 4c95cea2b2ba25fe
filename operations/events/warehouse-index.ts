import { partitionKey } from '../../kernel/partitions.ts';
import type { EventLog, IndexedHeader, Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { readPartition } from '../../kernel/reader.ts';
import type { LookUp } from './look-up.ts';

const COLUMNS: Readonly<Record<IndexedHeader, string>> = {
  ce_type: 'type',
  ce_correlationid: 'correlation_id',
};

type Offsets = ReadonlyMap<string, readonly number[]>;

/**
 * An index for a log that has none. The projections tell of the records that the projector has committed, in one query for
 * all partitions of the topics; what came after is read. Errors: those of a query.
 */
export async function warehouseIndex(
  log: EventLog,
  warehouse: Warehouse,
  topics: readonly string[],
): Promise<LookUp> {
  const committed = await log.committed('projector', topics);
  const projected = new Map(committed.map((position) => [partitionKey(position), position.offset]));
  const known = new Map<string, Promise<Offsets>>();
  const askFor = (header: IndexedHeader, value: string, limit: number): Promise<Offsets> => {
    const key = `${header} ${limit} ${value}`;
    const asked = known.get(key) ?? latestOffsets(warehouse, topics, header, value, limit);
    known.set(key, asked);
    return asked;
  };

  return async (end, header, value, limit) => {
    const before = { ...end, offset: Math.min(end.offset, projected.get(partitionKey(end)) ?? 0) };
    const found = (await unprojected(log, before, end.offset, header, value)).slice(0, limit);
    const rest = limit - found.length;
    if (rest === 0) return found;
    const latest = (await askFor(header, value, limit)).get(partitionKey(end)) ?? [];
    const below = latest.filter((offset) => offset < before.offset);
    const isEnough = latest.length < limit || below.length >= rest;
    const others = isEnough ? below : await offsetsBefore(warehouse, before, header, value, rest);
    return [...found, ...others.slice(0, rest)];
  };
}

/** Of the records that are not projected yet: the latest first. */
async function unprojected(
  log: EventLog,
  from: Position,
  to: number,
  header: IndexedHeader,
  value: string,
): Promise<number[]> {
  const found: number[] = [];
  for await (const { offset, headers } of readPartition(log, from, to))
    if (headers[header] === value) found.push(offset);
  return found.reverse();
}

/** The latest offsets of each partition. */
async function latestOffsets(
  warehouse: Warehouse,
  topics: readonly string[],
  header: IndexedHeader,
  value: string,
  limit: number,
): Promise<Offsets> {
  const rows = await warehouse.query<Position>(
    `SELECT DISTINCT topic, partition, offset FROM events
     WHERE topic IN {topics:Array(String)} AND ${COLUMNS[header]} = {value:String}
     ORDER BY topic, partition, offset DESC LIMIT {limit:UInt32} BY topic, partition`,
    { topics, value, limit },
  );
  const byPartition = Map.groupBy(rows, partitionKey);
  return new Map([...byPartition].map(([key, found]) => [key, found.map(({ offset }) => offset)]));
}

/** Those of one partition before an offset, where the latest are not enough. */
async function offsetsBefore(
  warehouse: Warehouse,
  end: Position,
  header: IndexedHeader,
  value: string,
  limit: number,
): Promise<number[]> {
  const rows = await warehouse.query<Position>(
    `SELECT DISTINCT offset FROM events
     WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset < {offset:UInt64}
       AND ${COLUMNS[header]} = {value:String}
     ORDER BY offset DESC LIMIT {limit:UInt32}`,
    { ...end, value, limit },
  );
  return rows.map(({ offset }) => offset);
}
