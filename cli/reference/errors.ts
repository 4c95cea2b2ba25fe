import { ERRORS, type ErrorCode } from '../../kernel/errors.ts';
import { EXIT } from '../exit.ts';
import { code, generatedFrom, table } from './markdown.ts';

/** What each error means, and what to do about it: the message of the error itself names the file, field or address. */
const ADVICE: Readonly<Record<ErrorCode, readonly [meaning: string, advice: string]>> = {
  INPUT_INVALID: ['an argument, a field or a line is wrong', 'correct what the message names'],
  INPUT_EMPTY: ['a file has no rows', 'give a file with rows'],
  INPUT_UNREADABLE: [
    'a file cannot be read, or is of no known form',
    'check the path, the rights and the form of the file',
  ],
  SOURCE_UNAVAILABLE: [
    'a remote source did not answer, however often it was asked',
    'ask again later, from where it stopped: `npx epochlog collect … --continue COLLECTION`',
  ],
  CONFIG_INVALID: ['a setting is wrong or unknown', 'correct the variable: [Settings](settings.md) has all'],
  NOT_FOUND: [
    'there is no such thing, or no such path',
    'take the name that the message suggests, or list what there is',
  ],
  CONFLICT: ['it contradicts what is there already', 'read the reason; use another id for other content'],
  UNAUTHORIZED: [
    'the token is missing, wrong, expired or revoked',
    'send `Authorization: Bearer …`, or set `EPOCHLOG_TOKEN`: [access](../access.md)',
  ],
  FORBIDDEN: [
    'the token does not have the role that this needs, or the request names another person',
    'ask an admin for a token of that role: [access](../access.md)',
  ],
  ISSUER_UNAVAILABLE: [
    'the keys of the identity provider cannot be read',
    'check `EPOCHLOG_OIDC_JWKS` and the provider: [access](../access.md)',
  ],
  HOST_NOT_ALLOWED: [
    'the request is addressed to a name that is not allowed',
    'use an address, or set `EPOCHLOG_ALLOWED_HOSTS`',
  ],
  METHOD_NOT_ALLOWED: ['the path does not take this method', 'use a method of the header `Allow`'],
  CANCELLED: ['somebody cancelled the run', 'start it again if it is still wanted'],
  TOO_MANY_REQUESTS: [
    'one client asks too often, has too many open streams, or sent too many wrong tokens',
    'wait for `Retry-After`; close a stream, or raise the limit: [access](../access.md)',
  ],
  EVENT_INVALID: ['an event does not fit its schema', 'correct the field that the message names'],
  EVENT_UNDECODABLE: [
    'a record of the log cannot be decoded',
    'register its schema and redrive it, or discard it: [dead letters](../cli.md#dead-letters)',
  ],
  EVENT_NOT_OWNED: [
    'a service emitted a fact of a stream of another service',
    'correct the service: it is a defect of its code',
  ],
  SCHEMA_UNKNOWN: ['the registry does not have a schema', 'run `npx epochlog schemas push`'],
  SCHEMA_INCOMPATIBLE: [
    'a schema breaks an earlier version',
    'run `npx epochlog schemas check`, which says what to do',
  ],
  REGISTRY_UNAVAILABLE: [
    'the schema registry does not answer',
    'check `EPOCHLOG_REGISTRY` and the server; services wait for it',
  ],
  LOG_TOPIC_UNKNOWN: ['Kafka lacks a topic', 'run `npx epochlog topics apply`'],
  LOG_CORRUPT: [
    'the log of this machine is damaged',
    'run `npx epochlog verify`, which says where; restore `log/` and `artifacts/` from a backup',
  ],
  LOG_UNAVAILABLE: ['Kafka does not answer', 'check `EPOCHLOG_LOG` and the brokers; services wait for them'],
  SPOOL_FULL: [
    'predictions wait on the disk of a predictor, and Kafka does not take them',
    'see the reason in the message; ask again later, or raise `EPOCHLOG_SPOOL_MB`',
  ],
  CONSUMER_FENCED: [
    'another process has taken over the work',
    'nothing: the service starts again and goes on',
  ],
  WAREHOUSE_UNAVAILABLE: [
    'ClickHouse does not answer',
    'check the server and try again; projectors wait for it',
  ],
  WAREHOUSE_QUERY: [
    'ClickHouse refuses the SQL, or it exceeds a limit',
    'correct it: [Tables](tables.md) has the columns',
  ],
  WAREHOUSE_LOCKED: ['another process uses the embedded warehouse', 'stop it, or wait until it ends'],
  WAREHOUSE_MIGRATION: [
    'the projections are of another version',
    'do what the message says: delete `warehouse/`, which is rebuilt, or run `npx epochlog projections apply`',
  ],
  ARTIFACT_MISSING: ['a file that an event names is gone', 'restore it from a backup'],
  ARTIFACT_CORRUPT: ['a file is not what its digest says', 'restore it from a backup'],
  ARTIFACTS_UNAVAILABLE: [
    'the bucket does not answer',
    'check `EPOCHLOG_ARTIFACTS` and the store; services wait for it',
  ],
  DISK_FULL: ['the disk is full', 'make space and run the same command again; no acknowledged event is lost'],
  HOME_LOCKED: ['another process runs the services of this folder', 'wait until it ends, or stop it'],
  PORT_IN_USE: ['another process listens on the port', 'set `EPOCHLOG_PORT`; 0 takes a free one'],
  PACKAGE_INVALID: ['a model package is damaged or does not prove itself', 'restore it, or train again'],
  DATASET_TOO_SMALL: [
    'there are too few samples, or of a class',
    'collect more: the message has the numbers',
  ],
  EXPECTATIONS_BROKEN: [
    'the samples are not what their task expects of a dataset',
    'the message names the samples: correct them, or `expectations` of the task file',
  ],
  TASK_UNKNOWN: ['there is no such task', 'run `npx epochlog task list`'],
  ENGINE_UNKNOWN: ['there is no such engine', 'take one of [Engines](../engines.md)'],
  TRAINING_FAILED: ['the training ended with an error', 'read the reason; often memory is too small'],
  MODEL_NOT_READY: [
    'no version of the model answers',
    'train it or promote a version: `npx epochlog status` says what is missing',
  ],
  MODEL_LOADING: ['the model is being loaded', 'try again in a moment'],
  NOT_SERVED: [
    'decided, but no predictor serves the version',
    'see `npx epochlog history`: it has the reason',
  ],
  INFERENCE_FAILED: [
    'the model failed on an instance',
    'check the instance; if it fits its schema, it is a defect of the model',
  ],
  INFERENCE_UNAVAILABLE: ['the process that runs the model has ended', 'try again: it is started again'],
  INFERENCE_TIMEOUT: [
    'the model has not answered in time',
    'ask again, or for fewer instances at once; `EPOCHLOG_PREDICTOR_TIMEOUT_MS` is the time',
  ],
  OVERLOADED: ['too much is being answered', 'try again after the seconds of `Retry-After`'],
  INTERRUPTED: ['a person or the system stopped it', 'run the same command again to resume'],
};

/** Errors that nothing says how to act on. */
export const codesWithoutAdvice = (): string[] =>
  Object.keys(ERRORS).filter((name) => !ADVICE[name as ErrorCode]?.every((text) => text !== ''));

const KILLED = [
  '137',
  'killed, also by itself after a defect, which it prints first, or when it does not stop in time',
];

const EXAMPLE = `\`\`\`text
epochlog: there is no model flight; did you mean flights? [NOT_FOUND]

{"type": "about:blank", "title": "Not Found", "status": 404, "code": "NOT_FOUND",
 "detail": "there is no model flight; did you mean flights?", "instance": "/v1/models/flight", "requestId": "…"}
\`\`\`
`;

/** The page of errors, from the one table of them, and of exit codes. */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([name, { status, exit, retriable }]) => [
    code(name),
    `${status}`,
    `${exit}`,
    retriable ? 'yes' : 'no',
    ...ADVICE[name as ErrorCode],
  ]);
  const exits = Object.values(EXIT).map(({ code: exit, meaning }) => [`${exit}`, meaning]);
  return [
    generatedFrom('kernel/errors.ts and cli/exit.ts'),
    '# Errors\n',
    'Every error that you can act on has a code. A command prints it at the end of its message and ends with its exit code; with',
    '`--json` it prints `{"error": {"code", "message"}}`. The HTTP API answers with its status and a problem document (RFC 9457)',
    'that has the `code` and a `detail`:\n',
    EXAMPLE,
    '**Retriable** says what a service does when it meets the error: it tries again, with longer and longer pauses, or it puts the',
    'event into the [dead-letter queue](../cli.md#dead-letters) and goes on. For a client it says whether the same request may succeed later.\n',
    table(['code', 'status', 'exit', 'retriable', 'what it means', 'what to do'], rows),
    'An error without a code is a defect of epochlog: please report it with what was printed.\n',
    '## Exit codes\n',
    table(['exit code', 'meaning'], [...exits, KILLED]),
  ].join('\n');
}
