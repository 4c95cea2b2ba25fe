import { digest, type TableDigest } from '../../infra/warehouse/digest.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { isDeadLetterTopic } from '../../kernel/topics.ts';
import type { Codec } from '../../schemas/catalogue.ts';
import { openCodec } from '../../schemas/codec.ts';
import type { Store } from '../session.ts';
import { compareTables, rebuiltDigests, type TableComparison } from '../verify/rebuild.ts';
import type { SourceLog } from './source-log.ts';

/** Columns that hold the position of an event in the log: the only ones in which the logs differ. */
const POSITION_COLUMNS = ['partition', 'offset'];

/** The projections of both logs, table by table. */
export interface ComparedProjections {
  /** what the projections of the target were compared with: the live tables, or a rebuild from the source */
  with: 'live' | 'rebuilt';
  /** why the live tables could not be used */
  why: string | null;
  /** columns left out of every table */
  without: readonly string[];
  tables: TableComparison[];
}

export interface ProjectionsOptions {
  source: SourceLog;
  /** the live warehouse of the source */
  warehouse: Warehouse;
  target: Pick<Store, 'log' | 'codec'>;
  /** end offsets of the target, as far as it holds the records of the source */
  upTo: readonly Position[];
}

/**
 * Rebuilds every projection from the target and compares it with the live tables of the source; where these are behind
 * or differ, with a rebuild from the source.
 */
export async function compareProjections(options: ProjectionsOptions): Promise<ComparedProjections> {
  const { source, warehouse, target, upTo } = options;
  const events = upTo.filter(({ topic }) => !isDeadLetterTopic(topic));
  const fromTarget = await rebuiltDigests(target, events, warehouse, POSITION_COLUMNS);
  const lag = await projectorLag(source);
  const compared = (
    how: ComparedProjections['with'],
    why: string | null,
    fromSource: readonly TableDigest[],
  ) => ({
    with: how,
    why,
    without: POSITION_COLUMNS,
    tables: compareTables(fromSource, fromTarget),
  });
  if (lag === 0) {
    const live = compared('live', null, await digest(warehouse, POSITION_COLUMNS));
    if (live.tables.every(({ equal }) => equal)) return live;
  }
  const why = lag > 0 ? `they lack ${lag} events` : 'they differ from the embedded log';
  const reader = { log: source.log, codec: await decodingCodec(source) };
  const ends = source.ends.filter(({ topic }) => !isDeadLetterTopic(topic));
  return compared('rebuilt', why, await rebuiltDigests(reader, ends, warehouse, POSITION_COLUMNS));
}

async function projectorLag({ log, ends }: SourceLog): Promise<number> {
  const events = ends.filter(({ topic }) => !isDeadLetterTopic(topic));
  const committed = await log.committed('projector', [...new Set(events.map(({ topic }) => topic))]);
  const sum = (positions: readonly Position[]) => positions.reduce((total, { offset }) => total + offset, 0);
  return sum(events) - sum(committed);
}

/** A codec that only decodes: it asks for no ids of schemas, and so registers none. */
const decodingCodec = ({ log: { registry } }: SourceLog): Promise<Codec> =>
  openCodec({ idOf: async () => 0, schemaOf: (id) => registry.schemaOf(id) });
