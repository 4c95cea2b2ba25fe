import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { fetchZooKeeper } from './distributions.ts';
import { JavaProcess } from './java.ts';

const HEAP = '-Xmx128m';

/** A real ZooKeeper on a free port of the loopback, for replicated tables of ClickHouse. */
export interface ZooKeeper extends AsyncDisposable {
  port: number;
}

/** Starts ZooKeeper; resolves when it answers. It ends with this process, even by kill -9. */
export async function startZooKeeper(): Promise<ZooKeeper> {
  const classpath = await fetchZooKeeper();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'epochlog-zookeeper-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [port = 0] = await freePorts(1);
  const config = join(folder, 'zoo.cfg');
  await writeFile(
    config,
    `tickTime=500
dataDir=${join(folder, 'data')}
clientPort=${port}
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=srvr
`,
  );
  const args = [HEAP, '-cp', classpath, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config];
  const process = new JavaProcess('ZooKeeper', args, join(folder, 'zookeeper.log'));
  stack.defer(() => process.end());
  await process.untilAnswers(() => serves(port));
  const started = stack.move();
  return { port, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Resolves when it serves requests: it accepts connections a little earlier. */
async function serves(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.end('srvr');
  const answer = (await socket.toArray()).join('');
  if (!/^Mode:/m.test(answer)) throw new Error(answer);
}
