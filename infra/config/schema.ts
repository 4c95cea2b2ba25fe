import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { access } from './sections/access.ts';
import { artifacts } from './sections/artifacts.ts';
import { inference } from './sections/inference.ts';
import { log } from './sections/log.ts';
import { httpUrl, LOOPBACK } from './sections/values.ts';
import { warehouse } from './sections/warehouse.ts';

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
    metrics: z
      .string()
      .optional()
      .describe(
        'folder with metrics of your own, for evaluations, searches and experiments: each module in it exports a function `metric` or `perSample`',
      )
      .transform((path) => (path === undefined ? undefined : resolve(path))),
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
        'is development, in which no request needs a token: only without EPOCHLOG_TOKEN and EPOCHLOG_OIDC_ISSUER, and on an address of this machine (EPOCHLOG_HOST)',
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
      message: 'is needed with EPOCHLOG_OIDC_AUDIENCE, _JWKS and _ROLES: they have no effect without it',
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
    message: 'is needed with EPOCHLOG_KAFKA_USER and EPOCHLOG_KAFKA_PASSWORD: they have no effect without it',
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
