// How fast artifacts are stored and read: in a folder, in a bucket, and in the bucket by the SDK alone, unverified.
// The S3-compatible server runs on this machine too, and shares its cores.
//
//   node test/bench/artifacts.ts [--rounds 300]
//
// A table goes to stderr, JSON to stdout.
import { randomBytes, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { openFolder } from '../../infra/artifacts/folder.ts';
import { openS3 } from '../../infra/artifacts/s3.ts';
import { type S3Server, startS3 } from '../harness/cluster/s3.ts';
import { temporaryFolder } from '../harness/folder.ts';

/** What is compared: storing gives the name under which it is read. */
interface Contestant {
  put(bytes: Uint8Array): Promise<string>;
  get(name: string): Promise<Uint8Array>;
}

interface Measure {
  contestant: string;
  bytes: number;
  operation: string;
  p50Ms: number;
  p99Ms: number;
  megabytesPerSecond: number;
}

/** One size after the other, and fewer rounds of the large: small ones measure latency, large ones throughput. */
const SIZES = [
  { bytes: 1_000, share: 1 },
  { bytes: 1_000_000, share: 0.2 },
  { bytes: 100_000_000, share: 0.02 },
];

function sdkAlone({ endpoint, bucket: Bucket, accessKeyId, secretAccessKey }: S3Server): Contestant {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  return {
    async put(Body) {
      const Key = randomUUID();
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
      return Key;
    },
    async get(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
  };
}

async function timed<T>(times: number[], action: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await action();
  times.push(performance.now() - start);
  return result;
}

/** Runs the contestants in turns, so that what disturbs one disturbs all. */
async function measure(
  contestants: Record<string, Contestant>,
  bytes: number,
  rounds: number,
): Promise<Measure[]> {
  const times = new Map<string, Record<string, number[]>>();
  for (const name of Object.keys(contestants)) times.set(name, { put: [], 'put again': [], get: [] });
  for (let round = 0; round < rounds; round++) {
    const content = randomBytes(bytes);
    for (const [contestant, store] of Object.entries(contestants)) {
      const of = times.get(contestant)!;
      const name = await timed(of.put!, () => store.put(content));
      await timed(of['put again']!, () => store.put(content));
      await timed(of.get!, () => store.get(name));
    }
  }
  return Array.from(times, ([contestant, of]) =>
    Object.entries(of).map(([operation, values]) => ({
      contestant,
      bytes,
      operation,
      ...summary(values, bytes),
    })),
  ).flat();
}

function summary(times: readonly number[], bytes: number) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2));
  const megabytesPerSecond = Number((bytes / 1_000 / at(0.5)).toFixed(1));
  return { p50Ms: at(0.5), p99Ms: at(0.99), megabytesPerSecond };
}

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '300' } } });
await using folder = await temporaryFolder('bench');
await using server = await startS3();
process.env.AWS_ACCESS_KEY_ID = server.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey;
const { bucket, endpoint } = server;
const contestants: Record<string, Contestant> = {
  folder: await openFolder(folder.path),
  bucket: await openS3({ bucket, prefix: '', endpoint }),
  'SDK alone': sdkAlone(server),
};
const rounds = Number(options.rounds);
await measure(contestants, 100_000, rounds); // warms up
const measures: Measure[] = [];
for (const { bytes, share } of SIZES)
  measures.push(...(await measure(contestants, bytes, Math.max(3, Math.round(rounds * share)))));
for (const { contestant, bytes, operation, p50Ms, p99Ms, megabytesPerSecond } of measures) {
  const [what, size] = [`${contestant}, ${operation}`, `${bytes.toLocaleString('en')} B`];
  console.error(
    `${what.padEnd(24)}${size.padStart(14)}  p50 ${p50Ms} ms, p99 ${p99Ms} ms  ${megabytesPerSecond} MB/s`,
  );
}
console.log(JSON.stringify(measures));
