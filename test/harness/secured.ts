import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { TOPIC_PREFIX } from '../../kernel/topics.ts';
import { type Authority, createAuthority } from './certificates.ts';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import { temporaryFolder } from './folder.ts';
import { freePorts } from './ports.ts';
import { pushedSchemas } from './pushed-schemas.ts';

/** SASL users and their passwords. */
export const USERS = { epochlog: 'correct-horse', reader: 'battery-staple', stranger: 'let-me-in-please' };

/** Common name of the client certificate. */
const WORKER = 'worker';
/** Short enough for a test to see a reauthentication; kafkajs begins one ten seconds before the end. */
export const REAUTHENTICATION_MS = 12_000;

const { AclOperationTypes: OPERATION, AclResourceTypes: RESOURCE } = kafkajs;

/** Kafka with TLS and authentication, and a registry with all schemas. */
export interface SecuredCluster extends AsyncDisposable {
  cluster: Cluster;
  authority: Authority;
  /** environment of a command that authenticates with SASL */
  bySasl: Record<string, string>;
  /** environment of a command that authenticates with a certificate */
  byCertificate: Record<string, string>;
  /** EPOCHLOG_LOG of a listener whose only SASL mechanism is PLAIN */
  onlyPlain: string;
  /** Writes a file; returns its path. */
  file(name: string, content: string): Promise<string>;
}

/**
 * Starts a cluster. `epochlog` and the client certificate have the rights that docs/cluster.md asks for, `reader` may
 * read, `stranger` has none.
 */
export async function securedCluster(): Promise<SecuredCluster> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('secured'));
  const file = async (name: string, content: string) => {
    const path = join(folder.path, name);
    await writeFile(path, content);
    return path;
  };
  const authority = createAuthority('epochlog test authority');
  const broker = authority.issue('broker', ['127.0.0.1']);
  const worker = authority.issue(WORKER);
  const clientAuthority = await file('authority.pem', authority.cert);
  const keystore = await file('broker.pem', `${broker.key}${broker.cert}`);
  const [saslPort, certificatePort, plainPort] = (await freePorts(3)) as [number, number, number];
  const cluster = await startCluster({
    registry: true,
    schemas: await pushedSchemas(),
    clients: [
      {
        port: saslPort,
        security: { keystore, sasl: { users: USERS, reauthenticationMs: REAUTHENTICATION_MS } },
      },
      { port: certificatePort, security: { keystore, clientAuthority } },
      { port: plainPort, security: { keystore, sasl: { users: USERS, mechanisms: ['PLAIN'] } } },
    ],
  });
  stack.use(cluster);
  await grantRights(cluster.brokers);
  const common = {
    EPOCHLOG_REGISTRY: cluster.registryUrl,
    EPOCHLOG_KAFKA_TLS: 'true',
    EPOCHLOG_KAFKA_CA: clientAuthority,
  };
  const bySasl = {
    ...common,
    EPOCHLOG_LOG: `kafka://127.0.0.1:${saslPort}`,
    EPOCHLOG_KAFKA_SASL: 'scram-sha-256',
    EPOCHLOG_KAFKA_USER: 'epochlog',
    EPOCHLOG_KAFKA_PASSWORD: USERS.epochlog,
  };
  const byCertificate = {
    ...common,
    EPOCHLOG_LOG: `kafka://127.0.0.1:${certificatePort}`,
    EPOCHLOG_KAFKA_CERT: await file('worker.pem', worker.cert),
    EPOCHLOG_KAFKA_KEY: await file('worker.key', worker.key),
  };
  const started = stack.move();
  return {
    cluster,
    authority,
    bySasl,
    byCertificate,
    onlyPlain: `kafka://127.0.0.1:${plainPort}`,
    file,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Over the plaintext listener, whose clients are super users. */
async function grantRights(brokers: string[]): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const rights = (user: string, resourceType: number, operations: readonly number[]) =>
    operations.map((operation) => ({
      principal: `User:${user}`,
      host: '*',
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
      operation,
      resourceType,
      resourceName: TOPIC_PREFIX,
      resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
    }));
  await admin.createAcls({
    acl: [
      ...['epochlog', `CN=${WORKER}`].flatMap((user) =>
        [RESOURCE.TOPIC, RESOURCE.GROUP, RESOURCE.TRANSACTIONAL_ID].flatMap((type) =>
          rights(user, type, [OPERATION.ALL]),
        ),
      ),
      ...rights('reader', RESOURCE.TOPIC, [OPERATION.READ, OPERATION.DESCRIBE]),
    ],
  });
  await admin.disconnect();
}
