import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ROLES } from '../../kernel/access.ts';

export const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const BUCKET_URL = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+(?<prefix>[\w!.*'()/-]*?))?\/*$/;
const BROKERS_URL = /^kafka:\/\/(?<brokers>[\w.-]+:\d{1,5}(?:,[\w.-]+:\d{1,5})*)\/?$/;

function toBucket(url: string): { bucket: string; prefix: string } {
  const { bucket = '', prefix = '' } = BUCKET_URL.exec(url)?.groups ?? {};
  return { bucket, prefix };
}

const toBrokers = (url: string): string[] => (BROKERS_URL.exec(url)?.groups?.brokers ?? '').split(',');

/** A base URL; credentials have variables of their own, which no message shows. */
const httpUrl = (credentials: string) =>
  z
    .url({ protocol: /^https?$/, error: 'must be a URL with http or https', abort: true })
    .refine((url) => new URL(url).username === '', `must not hold credentials: ${credentials} does`);

/** The log and the registry: Kafka and a Confluent-compatible registry, or with neither the embedded ones. */
const log = {
  log: z
    .string()
    .regex(BROKERS_URL, 'must be kafka://host:port, further brokers after commas')
    .transform(toBrokers)
    .optional()
    .describe('`kafka://host:port,host:port` keeps the log in Kafka; without it the log is in the home'),
  kafkaTls: z.stringbool().default(false).describe('`true` where the brokers speak TLS; by default `false`'),
  kafkaCa: z
    .string()
    .optional()
    .describe('file (PEM) with the certificate of the authority that signed those of the brokers'),
  kafkaCert: z.string().optional().describe('file (PEM) with the certificate of this client'),
  kafkaKey: z.string().optional().describe('file (PEM) with the key of that certificate'),
  kafkaSasl: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('how the user is authenticated by the brokers'),
  kafkaUser: z.string().optional().describe('user at the brokers'),
  kafkaPassword: z.string().optional().describe('password of that user'),
  kafkaReplicas: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'copies of each record, when topics are created; by default 3, or as many as there are brokers',
    ),
  spoolMb: z.coerce
    .number()
    .int()
    .min(1)
    .default(256)
    .describe(
      'predictions in MiB that may wait on the disk of a predictor while Kafka does not take them; beyond it they are refused with 503',
    ),
  registry: httpUrl('EPOCHLOG_REGISTRY_USER')
    .optional()
    .describe('base URL of a Confluent-compatible schema registry, which a log in Kafka needs'),
  registryUser: z.string().optional().describe('user at the registry'),
  registryPassword: z.string().optional().describe('password of that user'),
};

/** The warehouse: a ClickHouse server, or without one ClickHouse in a process of its own. */
const warehouse = {
  warehouseMemoryMb: z.coerce
    .number()
    .int()
    .min(256)
    .optional()
    .describe(
      'memory in MB that the embedded ClickHouse may use, beside the 300 that it holds when idle; by default an eighth of ' +
        "the machine's, at least 384 and at most 2048",
    ),
  retentionDays: z.coerce
    .number()
    .int()
    .min(2)
    .max(3_650)
    .optional()
    .describe(
      'days that the tables keep single predictions and outcomes, from 2 to 3650; counts of them stay. Without it they are kept ' +
        'for ever. On a server `projections apply` sets it',
    ),
  clickhouse: httpUrl('EPOCHLOG_CLICKHOUSE_USER')
    .optional()
    .describe(
      'base URL of a ClickHouse server that keeps the projections; without it one runs beside the services',
    ),
  clickhouseUser: z.string().default('default').describe('user of the server'),
  clickhousePassword: z.string().default('').describe('password of that user'),
  clickhouseAnalyst: z
    .string()
    .min(1)
    .optional()
    .describe('user of the server for the SQL that users write; by default the same'),
  clickhouseAnalystPassword: z.string().default('').describe('password of that user'),
  clickhouseDatabase: z
    .string()
    .regex(/^epochlog\w*$/, 'must begin with epochlog, and hold letters, digits and _ only')
    .default('epochlog')
    .describe('database of the projections; its name begins with `epochlog`'),
  clickhouseReplicated: z
    .stringbool()
    .default(false)
    .describe('`true` creates the tables for several replicas; by default `false`'),
};

/** Artifacts: a bucket, or a folder of the home. */
const artifacts = {
  artifacts: z
    .string()
    .regex(BUCKET_URL, 'must be s3://bucket or s3://bucket/prefix')
    .transform(toBucket)
    .optional()
    .describe('`s3://bucket/prefix` keeps the artifacts in a bucket; without it they are in the home'),
  s3Endpoint: httpUrl('AWS_ACCESS_KEY_ID')
    .optional()
    .describe("base URL of an S3-compatible store that is not AWS's"),
  s3Region: z
    .string()
    .optional()
    .describe(
      'region of the bucket; by default as the SDK finds it (`AWS_REGION` …), with an endpoint `us-east-1`',
    ),
  s3PathStyle: z
    .stringbool()
    .optional()
    .describe(
      '`true` names the bucket in the path, not in the host name; by default `true` with an endpoint, else `false`',
    ),
};

const HOST_NAMES = /^\.?[a-z\d-]+(?:\.[a-z\d-]+)*(?:,\.?[a-z\d-]+(?:\.[a-z\d-]+)*)*$/i;
/** Each is an address, a subnet, or a word that the package proxy-addr knows. */
const isProxy = (proxy: string): boolean => {
  const [address = '', bits, ...rest] = proxy.split('/');
  if (bits === undefined) return isIP(address) !== 0 || PROXY_NETWORKS.has(address);
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return rest.length === 0 && /^\d+$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most;
};
const PROXY_NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Without TLS somebody on the way could give keys of their own. */
const isSafe = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || LOOPBACK.has(hostname.replace(/^\[(.*)\]$/, '$1'));
};

/** Words of a claim, and the role that each stands for: `ml-admins=admin,data=operator`. */
const roleTable = z
  .string()
  .transform((text) => text.split(',').map((pair) => pair.split('=')))
  .refine(
    (pairs) =>
      pairs.every(
        ([word, role, ...rest]) => word && rest.length === 0 && ROLES.some((known) => known === role),
      ),
    `must be words with their roles (${ROLES.join(', ')}), such as ml-admins=admin,data-team=operator`,
  )
  .transform(
    (pairs) =>
      new Map(
        pairs.flatMap(([word = '', role]) =>
          ROLES.filter((one) => one === role).map((one) => [word, one] as const),
        ),
      ),
  );

/** Who is let in to the HTTP API. */
const access = {
  token: z
    .string()
    .min(16)
    .optional()
    .describe(
      'bearer token of the first admin, 16 characters or more; commands send it to the HTTP API of services that run already',
    ),
  authentication: z
    .enum(['required', 'development'])
    .optional()
    .describe(
      'whether requests to the HTTP API must carry a token: `required`, or `development`, on this machine alone, where whoever ' +
        'reaches it may do everything. By default `required` with `EPOCHLOG_TOKEN` or `EPOCHLOG_OIDC_ISSUER`, else `development`',
    ),
  oidcIssuer: httpUrl('nothing')
    .optional()
    .describe('issuer of an OpenID Connect provider whose bearer tokens count: the claim `iss` of them'),
  oidcAudience: z.string().min(1).optional().describe('the claim `aud` that its tokens must have'),
  oidcJwks: httpUrl('nothing')
    .refine(isSafe, 'must be https, or on this machine')
    .optional()
    .describe('URL of its keys, a JSON Web Key Set'),
  oidcNameClaim: z
    .string()
    .min(1)
    .default('sub')
    .describe('claim that events name as who asked; people must not be able to change it'),
  oidcRolesClaim: z
    .string()
    .min(1)
    .default('roles')
    .describe('claim that has the roles, a text or a list; dots descend: `realm_access.roles`'),
  oidcRoles: roleTable
    .optional()
    .describe(
      'what its words stand for: `ml-admins=admin,data-team=operator`; without it they are the names of roles',
    ),
  rateLimit: z.coerce
    .number()
    .int()
    .min(0)
    .default(6_000)
    .describe(
      'requests a minute of one token, or of one address where no token is needed; beyond that 429. 0: any number, as in development',
    ),
  predictionRateLimit: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'requests for predictions, with outcomes and of MLflow clients, likewise, which the other limit does not count; by default any number',
    ),
  openReads: z
    .enum(['health', 'metrics', 'all'])
    .default('metrics')
    .describe(
      'what may be read without a token: `health` and the documentation, also `/metrics`, or all that is not a write',
    ),
  allowedHosts: z
    .string()
    .regex(HOST_NAMES, 'must be host names with commas between, such as models.example,.internal.example')
    .transform((names) => names.toLowerCase().split(','))
    .optional()
    .describe(
      'names that requests may be addressed to, with commas between, beside addresses, `localhost` and `EPOCHLOG_HOST`; ' +
        '`.example.org` allows all names below it',
    ),
  trustedProxies: z
    .string()
    .transform((proxies) => proxies.split(','))
    .refine(
      (proxies) => proxies.every(isProxy),
      'must be addresses, subnets, loopback, linklocal or uniquelocal',
    )
    .optional()
    .describe(
      'proxies whose `X-Forwarded-For` tells the address of a client: addresses, subnets, `loopback`, `uniquelocal`; ' +
        'without them all that comes by a proxy is one client',
    ),
};

/** The processes that run models. */
const inference = {
  inferenceTimeoutMs: z.coerce
    .number()
    .int()
    .min(100)
    .default(60_000)
    .describe(
      'milliseconds in which an inference process must answer; one that does not is killed, and what it was asked is asked of the next, once',
    ),
  inferenceRuns: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe('runs after which an inference process is replaced by a new one'),
  inferenceMb: z.coerce
    .number()
    .int()
    .min(16)
    .default(512)
    .describe('MiB by which an inference process may grow before it is replaced by a new one'),
};

/** Settings that belong together, by what they are about. */
export const configSections = {
  'Access to the HTTP API': access,
  'The log in Kafka': log,
  'The warehouse': warehouse,
  Artifacts: artifacts,
  'Inference processes': inference,
} as const;

const userCache = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'epochlog');

/** What EPOCHLOG_… may say. Each key is a variable: `kafkaTls` is EPOCHLOG_KAFKA_TLS. */
export const configSchema = z
  .object({
    home: z
      .string()
      .default('.epochlog')
      .describe('folder that holds all data')
      .transform((path) => resolve(path)),
    cache: z
      .string()
      .optional()
      .describe(
        'folder of this user for what may be lost: pretrained encoders and embeddings; by default `epochlog` in `XDG_CACHE_HOME` or `~/.cache`',
      )
      .transform((path) => resolve(path ?? userCache())),
    host: z
      .string()
      .default('127.0.0.1')
      .describe('address that the HTTP API listens on; another than this machine needs tokens'),
    port: z.coerce
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(8800)
      .describe('port of the HTTP API; 0 takes a free one'),
    ...access,
    model: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('the model of commands and predictions that name none'),
    instance: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        'name of this process among those that run the same services, which a restart should not change; by default its host and port',
      ),
    logLevel: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('warn')
      .describe('what is logged'),
    api: httpUrl('EPOCHLOG_TOKEN')
      .optional()
      .describe('base URL of the HTTP API of services that run elsewhere; commands then start none'),
    otlp: httpUrl('OTEL_EXPORTER_OTLP_HEADERS')
      .optional()
      .describe('base URL of an OpenTelemetry collector (OTLP over HTTP) that takes the traces'),
    ...log,
    ...warehouse,
    ...artifacts,
    ...inference,
  })
  .refine(
    ({ host, token, oidcIssuer, authentication }) =>
      LOOPBACK.has(host) || token || oidcIssuer || authentication === 'required',
    {
      path: ['token'],
      message:
        'is needed (16 characters or more) to listen on an address that others can reach, or EPOCHLOG_AUTHENTICATION=required ' +
        'where `epochlog token create` has made tokens',
    },
  )
  .refine(
    ({ host, token, oidcIssuer, authentication }) =>
      authentication !== 'development' || (LOOPBACK.has(host) && !token && !oidcIssuer),
    {
      path: ['authentication'],
      message:
        'is development, which asks nobody for a token: only without EPOCHLOG_TOKEN and EPOCHLOG_OIDC_ISSUER, and on an address of this machine (EPOCHLOG_HOST)',
    },
  )
  .refine(({ oidcIssuer, oidcAudience, oidcJwks }) => !oidcIssuer || (oidcAudience && oidcJwks), {
    path: ['oidcIssuer'],
    message: 'needs EPOCHLOG_OIDC_AUDIENCE and EPOCHLOG_OIDC_JWKS too: a token for others must not count',
  })
  .refine(
    ({ oidcIssuer, oidcAudience, oidcJwks, oidcRoles }) =>
      oidcIssuer || !(oidcAudience || oidcJwks || oidcRoles),
    {
      path: ['oidcIssuer'],
      message: 'is needed with EPOCHLOG_OIDC_AUDIENCE, _JWKS and _ROLES: nobody would ask for them',
    },
  )
  .refine(({ log, registry }) => log === undefined || registry !== undefined, {
    path: ['registry'],
    message: 'is needed with EPOCHLOG_LOG: the base URL of a Confluent-compatible schema registry',
  })
  .refine(({ api, log, clickhouse }) => api === undefined || (log && clickhouse), {
    path: ['api'],
    message:
      'names services that run elsewhere: the log and the warehouse they use are needed too (EPOCHLOG_LOG, EPOCHLOG_CLICKHOUSE)',
  })
  .refine(({ kafkaSasl, kafkaUser, kafkaPassword }) => !kafkaSasl || (kafkaUser && kafkaPassword), {
    path: ['kafkaUser'],
    message: 'and EPOCHLOG_KAFKA_PASSWORD are needed with EPOCHLOG_KAFKA_SASL',
  })
  .refine(({ kafkaSasl, kafkaUser, kafkaPassword }) => kafkaSasl || !(kafkaUser || kafkaPassword), {
    path: ['kafkaSasl'],
    message: 'is needed with EPOCHLOG_KAFKA_USER and EPOCHLOG_KAFKA_PASSWORD: nobody would ask for them',
  })
  .refine(({ kafkaTls, kafkaCa, kafkaCert, kafkaKey }) => kafkaTls || !(kafkaCa || kafkaCert || kafkaKey), {
    path: ['kafkaTls'],
    message: 'must be true with EPOCHLOG_KAFKA_CA, _CERT and _KEY: nothing would be encrypted',
  })
  .refine(({ kafkaCert, kafkaKey }) => Boolean(kafkaCert) === Boolean(kafkaKey), {
    path: ['kafkaCert'],
    message: 'and EPOCHLOG_KAFKA_KEY are needed together',
  })
  .refine(({ registryUser, registryPassword }) => registryUser || !registryPassword, {
    path: ['registryUser'],
    message: 'is needed with EPOCHLOG_REGISTRY_PASSWORD',
  });

export type Config = z.infer<typeof configSchema>;
