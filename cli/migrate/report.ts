import type { Config } from '../../infra/config/schema.ts';
import type { ComparedPartition } from '../../operations/migrate/copy.ts';
import { isVerified, type Migrated, type Readiness } from '../../operations/migrate/migrate.ts';
import type { ComparedProjections } from '../../operations/migrate/projections.ts';
import { type Output, table } from '../output.ts';

export function printReadiness(readiness: Readiness, config: Config, output: Output): void {
  const { records, present, unpublished, partitions } = readiness;
  output.result({ ready: true, home: config.home, log: addressOf(config.log), ...readiness });
  output.line(table(['topic', 'partition', 'in Kafka'], partitions.map(partitionCells)));
  for (const subject of unpublished) output.line(`${subject}: a schema never published would be registered`);
  output.line(`${records - present} of ${records} records are to be copied from ${config.home}`);
  output.line(`${addressOf(config.log)} is ready`);
}

/** The result for people: what was copied, how it was verified, and what to type next. */
export function printMigrated(migrated: Migrated, config: Config, output: Output): void {
  const { artifacts, groups } = migrated;
  const verified = isVerified(migrated);
  const [from, to] = [config.home, addressOf(config.log)];
  output.result({ verified, home: from, log: to, registry: config.registry, ...migrated });
  if (artifacts !== null) output.line(`${artifacts} artifacts are in s3://${config.artifacts?.bucket}`);
  printRecords(migrated, output);
  if (groups.length > 0) output.line(table(SERVICE_HEADINGS, groups.map(serviceCells)));
  printProjections(migrated.projections, output);
  output.line(verified ? `verified: ${to} holds what ${from} holds` : 'NOT verified: see DIFFERS');
  if (verified) printNext(config, output);
}

function printRecords(migrated: Migrated, output: Output): void {
  const filled = migrated.partitions.filter(({ records }) => records > 0);
  const cells = filled.map((partition) => [
    ...partitionCells(partition),
    shown(partition.source),
    shown(partition.target),
  ]);
  output.line(table(['topic', 'partition', 'records', 'SHA-256 in the home', 'in Kafka'], cells));
  output.line(
    `records in Kafka: ${migrated.records}, copied now: ${migrated.moved}, there before: ${migrated.present}; ` +
      `${migrated.seconds.toFixed(1)} s, ${migrated.recordsPerSecond} records/s, each read back`,
  );
}

function printProjections(projections: ComparedProjections, output: Output): void {
  const { why, without, tables } = projections;
  const because = why === null ? '' : ` (not with the live tables: ${why})`;
  output.line(`Projections rebuilt from Kafka, compared with ${WITH[projections.with]}${because}`);
  const cells = tables.map(({ table: name, rows, rebuiltRows, rebuiltHash, equal }) => [
    name,
    rows,
    rebuiltRows,
    shown(rebuiltHash ?? ''),
    equal ? 'equal' : 'DIFFERS',
  ]);
  output.line(table(['projection', 'rows', 'from Kafka', 'digest', ''], cells));
  output.line(`not compared: ${without.join(' and ')}, the position in the log`);
}

/** The first digits of a digest. */
const shown = (digest: string): string => digest.slice(0, 16);

const SERVICE_HEADINGS = ['service', 'lag in the home', 'lag in Kafka', ''];

const serviceCells = ({
  group,
  lag: { source, target },
}: Migrated['groups'][number]): (string | number)[] => [
  group,
  source,
  target,
  target < source ? 'continued in Kafka' : 'equal',
];

const WITH = { live: 'the live tables of the home', rebuilt: 'a rebuild from the log of the home' } as const;

function printNext(config: Config, output: Output): void {
  const { home, log, registry, artifacts } = config;
  const needed = artifacts ? 'EPOCHLOG_CLICKHOUSE' : 'EPOCHLOG_CLICKHOUSE and EPOCHLOG_ARTIFACTS';
  output.line('\nNext');
  output.line(`  export EPOCHLOG_HOME=${home} EPOCHLOG_LOG=${addressOf(log)} EPOCHLOG_REGISTRY=${registry}`);
  output.line('  npx epochlog up              all services in one process, or');
  output.line(`  npx epochlog service NAME    each in processes of its own, with ${needed}`);
  if (!artifacts)
    output.line(
      'The artifacts are only in the home: run this command again with EPOCHLOG_ARTIFACTS to copy them to a bucket.',
    );
  output.line(
    'The projections are rebuilt from Kafka. Do not start services on the log of the home any more.',
  );
}

const addressOf = (brokers: readonly string[] = []): string => `kafka://${brokers.join(',')}`;

const partitionCells = ({ topic, partition, records }: ComparedPartition): (string | number)[] => [
  topic,
  partition,
  records,
];
