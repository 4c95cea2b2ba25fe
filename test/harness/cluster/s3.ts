/**
 * An S3-compatible server without Docker: S3Proxy on a folder, fetched from Maven Central into .cache/cluster.
 *
 *   node test/harness/cluster/s3.ts     runs one until Ctrl-C and prints the variables that select it
 *
 * It needs Java 17 and Maven.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { cached } from '../cached.ts';

export interface S3Server extends AsyncDisposable {
  endpoint: string;
  /** an existing bucket */
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** the objects of the bucket, as files named by their keys */
  folder: string;
}

const POM = join(import.meta.dirname, 's3proxy.pom.xml');
const CACHE = join(import.meta.dirname, '../../../.cache/cluster');
const BUCKET = 'epochlog';
const STARTED = /Started .*\{127\.0\.0\.1:(\d+)\}/;
/** Runs a command that is killed when its standard input is closed: it ends with this process, even by kill -9. */
const TIED = 'exec 3<&0; { cat <&3; kill -9 $$; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null';

/** Starts a server with an empty bucket on a free port of the loopback; disposal stops it and deletes its data. */
export async function startS3(): Promise<S3Server> {
  await using stack = new AsyncDisposableStack();
  const jars = await fetchJars();
  const root = await mkdtemp(join(tmpdir(), 'epochlog-s3-'));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, 'objects', BUCKET);
  await mkdir(folder, { recursive: true });
  const [accessKeyId, secretAccessKey] = ['local', randomBytes(16).toString('hex')];
  const properties = join(root, 's3proxy.properties');
  await writeFile(
    properties,
    `s3proxy.endpoint=http://127.0.0.1:0
s3proxy.authorization=aws-v4
s3proxy.ignore-unknown-headers=true
s3proxy.identity=${accessKeyId}
s3proxy.credential=${secretAccessKey}
jclouds.provider=filesystem
jclouds.filesystem.basedir=${join(root, 'objects')}
`,
    { mode: 0o600 },
  );
  const server = spawnServer(jars, properties);
  stack.defer(() => stop(server));
  const endpoint = `http://127.0.0.1:${await portOf(server)}`;
  const started = stack.move();
  return {
    endpoint,
    bucket: BUCKET,
    accessKeyId,
    secretAccessKey,
    folder,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** The folder with the jars of the pom, fetched once; an existing folder is complete. */
async function fetchJars(): Promise<string> {
  const version = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex')
    .slice(0, 12);
  return cached(join(CACHE, `s3proxy-${version}`), async (draft) => {
    const options = ['--batch-mode', '--quiet', '--file', POM, 'dependency:copy-dependencies'];
    await promisify(execFile)('mvn', [...options, '-DincludeScope=runtime', `-DoutputDirectory=${draft}`]);
  });
}

function spawnServer(jars: string, properties: string): ChildProcess {
  const log = '-Dorg.slf4j.simpleLogger.logFile=System.out'; // the default, standard error, is not read
  const java = ['java', '-Xmx512m', log, '-cp', join(jars, '*'), 'org.gaul.s3proxy.Main'];
  return spawn('sh', ['-c', TIED, 'sh', ...java, '--properties', properties], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function stop(server: ChildProcess): Promise<void> {
  const isRunning = server.exitCode === null && server.signalCode === null;
  const exited = isRunning ? once(server, 'exit') : undefined;
  server.stdin?.destroy();
  await exited;
}

/** The port that a server logs when it has started. */
async function portOf(server: ChildProcess): Promise<number> {
  if (!server.stdout) throw new Error('the server has no standard output');
  const output: string[] = [];
  for await (const line of createInterface(server.stdout)) {
    output.push(line);
    const port = STARTED.exec(line)?.[1];
    if (port === undefined) continue;
    server.stdout.resume(); // the server would block on a full pipe
    return Number(port);
  }
  throw new Error(`S3Proxy did not start:\n${output.join('\n')}`);
}

if (import.meta.main) {
  await using server = await startS3();
  process.stdout.write(`export EPOCHLOG_ARTIFACTS=s3://${server.bucket}
export EPOCHLOG_S3_ENDPOINT=${server.endpoint}
export AWS_ACCESS_KEY_ID=${server.accessKeyId}
export AWS_SECRET_ACCESS_KEY=${server.secretAccessKey}
`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
