import { z } from 'zod';
import { httpUrl } from './values.ts';

const BROKERS_URL = /^kafka:\/\/(?<brokers>[\w.-]+:\d{1,5}(?:,[\w.-]+:\d{1,5})*)\/?$/;

const toBrokers = (url: string): string[] => (BROKERS_URL.exec(url)?.groups?.brokers ?? '').split(',');

/** The log and the registry: Kafka and a Confluent-compatible registry, or with neither the embedded ones. */
export const log = {
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
