import type { Config } from '../../infra/config/schema.ts';
import { isProved, type Moved, type Readiness } from '../../operations/migrate/migrate.ts';
import type { ComparedProjections } from '../../operations/migrate/projections.ts';
import type { ComparedPartition } from '../../operations/migrate/walk.ts';
import { type Output, table } from '../output.ts';

export function tellReadiness(readiness: Readiness, config: Config, output: Output): void {
  const { records, present, unpublished, partitions } = readiness;
  output.result({ ready: true, home: config.home, log: addressOf(config.log), ...readiness });
  output.line(table(['topic', 'partition', 'in Kafka'], partitions.map(placeCells)));
  for (const subject of unpublished) output.line(`${subject}: a schema never published would be registered`);
  output.line(`${records - present} of ${records} records are to be moved from ${config.home}`);
  output.line(`${addressOf(config.log)} is ready`);
}

/** What was moved and what proves it, for people ending with what to type next. */
export function tellMoved(moved: Moved, config: Config, output: Output): void {
  const { artifacts, groups } = moved;
  const proved = isProved(moved);
  const [from, to] = [config.home, addressOf(config.log)];
  output.result({ proved, home: from, log: to, registry: config.registry, ...moved });
  if (artifacts !== null) output.line(`${artifacts} artifacts are in s3://${config.artifacts?.bucket}`);
  tellRecords(moved, output);
  if (groups.length > 0) output.line(table(SERVICE_HEADINGS, groups.map(serviceCells)));
  tellProjections(moved.projections, output);
  output.line(proved ? `proved: ${to} holds what ${from} holds` : 'NOT proved: see DIFFERS');
  if (proved) tellNext(config, output);
}

function tellRecords(moved: Moved, output: Output): void {
  const filled = moved.partitions.filter(({ records }) => records > 0);
  const cells = filled.map((partition) => [
    ...placeCells(partition),
    shown(partition.source),
    shown(partition.target),
  ]);
  output.line(table(['topic', 'partition', 'records', 'SHA-256 in the home', 'in Kafka'], cells));
  output.line(
    `records in Kafka: ${moved.records}, moved now: ${moved.moved}, there before: ${moved.present}; ` +
      `${moved.seconds.toFixed(1)} s, ${moved.recordsPerSecond} records/s, each read back`,
  );
}

function tellProjections(projections: ComparedProjections, output: Output): void {
  const { why, without, tables } = projections;
  const because = why === null ? '' : ` (those at work will not do: ${why})`;
  output.line(`Projections rebuilt from Kafka, beside ${WITH[projections.with]}${because}`);
  const cells = tables.map(({ table: name, rows, rebuiltRows, rebuiltHash, equal }) => [
    name,
    rows,
    rebuiltRows,
    shown(rebuiltHash ?? ''),
    equal ? 'equal' : 'DIFFERS',
  ]);
  output.line(table(['projection', 'rows', 'from Kafka', 'digest', ''], cells));
  output.line(`left out: ${without.join(' and ')}, the place in the log; all other columns are compared`);
}

/** The first digits of a digest. */
const shown = (digest: string): string => digest.slice(0, 16);

const SERVICE_HEADINGS = ['service', 'records left in the home', 'in Kafka', ''];

const serviceCells = ({ group, left: { source, target } }: Moved['groups'][number]): (string | number)[] => [
  group,
  source,
  target,
  target < source ? 'has gone on' : 'equal',
];

const WITH = { live: 'those of the home', rebuilt: 'others rebuilt from the log of the home' } as const;

function tellNext(config: Config, output: Output): void {
  const { home, log, registry, artifacts } = config;
  const needed = artifacts ? 'EPOCHLOG_CLICKHOUSE' : 'EPOCHLOG_CLICKHOUSE and EPOCHLOG_ARTIFACTS';
  output.line('\nNext');
  output.line(`  export EPOCHLOG_HOME=${home} EPOCHLOG_LOG=${addressOf(log)} EPOCHLOG_REGISTRY=${registry}`);
  output.line('  npx epochlog up              all services in one process, or');
  output.line(`  npx epochlog service NAME    each in processes of its own, with ${needed}`);
  if (!artifacts)
    output.line('Artifacts are in the home; run again with EPOCHLOG_ARTIFACTS, they are stored there.');
  output.line(
    'Projections are filled from Kafka anew. Do not start services on the log of the home any more.',
  );
}

const addressOf = (brokers: readonly string[] = []): string => `kafka://${brokers.join(',')}`;

const placeCells = ({ topic, partition, records }: ComparedPartition): (string | number)[] => [
  topic,
  partition,
  records,
];
