import { EpochlogError, type ErrorCode, messageOf } from '../../../kernel/errors.ts';
import { TOPIC_PREFIX } from '../../../kernel/topics.ts';

/** What Kafka answers a producer when another with its transactional id has come, or its transaction was aborted. */
const FENCED: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
  'Unknown error code 90', // kafkajs does not know PRODUCER_FENCED
]);

const TOPIC_UNKNOWN: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION']);
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Who one says to be is not believed, or not asked. */
const UNAUTHENTICATED: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'KafkaJSSASLAuthenticationError',
]);

const UNAUTHORIZED: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);

/** What kafkajs makes of every refusal to name the coordinator of a group, also for want of a right. */
const NO_COORDINATOR: ReadonlySet<string> = new Set(['KafkaJSGroupCoordinatorNotFound']);

/** Errors of `node:tls` with which a connection can never succeed. */
const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS|ERR_SSL|wrong version number/i;

/** What a broker does with a client of whom it expects something else, and also when it ends. */
const CLOSED = /^Closed connection|disconnected before secure TLS/;

/** OpenSSL says where in its source it fails; the reason is in the middle. */
const OPENSSL = /(?:\w+:)?error:\w+:[^:]*:[^:]*:([^:\n]+)(?::\S*)?(?::[^:\n]*\n?)?/;

/** The causes that kafkajs has wrapped, outermost first. */
function* causesOf(error: unknown): Iterable<Error> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    yield cause;
    if ('errors' in cause && Array.isArray(cause.errors)) yield* causesOf(cause.errors[0]);
  }
}

/** The words by which an error may be known: its type, its code, its name, its message. */
const wordsOf = (error: Error): string[] => [
  ...('type' in error ? [String(error.type)] : []),
  ...('code' in error ? [String(error.code)] : []),
  error.name,
  error.message,
];

const isOne = (error: unknown, words: ReadonlySet<string>): boolean =>
  [...causesOf(error)].some((cause) => wordsOf(cause).some((word) => words.has(word)));

/** Whether a producer may not go on, because another has its place. */
export const isFenced = (error: unknown): boolean => isOne(error, FENCED);

/** Whether the transaction before is still being completed. */
export const isConcurrent = (error: unknown): boolean => isOne(error, new Set(['CONCURRENT_TRANSACTIONS']));

/** Whether a position is beyond what the partition holds. */
export const isOutOfRange = (error: unknown): boolean => isOne(error, new Set(['OFFSET_OUT_OF_RANGE']));

/** Whether a group has forgotten a member, or gone on without it. */
export const isUnknownMember = (error: unknown): boolean =>
  isOne(error, new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']));

/** Whether a group is being divided anew. */
export const isDividing = (error: unknown): boolean => isOne(error, new Set(['REBALANCE_IN_PROGRESS']));

/** Whether the members of a group do not understand each other. */
export const isInconsistent = (error: unknown): boolean =>
  isOne(error, new Set(['INCONSISTENT_GROUP_PROTOCOL']));

/** An error of kafkajs as one of the table; a defect as it is. */
export function translated(error: unknown, address: string): unknown {
  if (error instanceof EpochlogError) return error;
  const causes = [...causesOf(error)];
  const failed = (code: ErrorCode, advice: string) =>
    new EpochlogError(code, `Kafka at ${address}: ${saidBy(error)}; ${advice}`, { cause: error });
  if (isOne(error, UNAUTHENTICATED)) {
    return failed(
      'CONFIG_INVALID',
      'check EPOCHLOG_KAFKA_SASL, EPOCHLOG_KAFKA_USER and EPOCHLOG_KAFKA_PASSWORD',
    );
  }
  if (isOne(error, UNAUTHORIZED)) {
    return failed(
      'CONFIG_INVALID',
      `grant this user all rights on the topics, groups and transactional ids that begin with \`${TOPIC_PREFIX}\``,
    );
  }
  if (causes.some((cause) => wordsOf(cause).some((word) => CERTIFICATE.test(word)))) {
    return failed(
      'CONFIG_INVALID',
      'check EPOCHLOG_KAFKA_TLS, _CA, _CERT and _KEY, and that the certificate of the brokers names this address',
    );
  }
  if (isOne(error, TOPIC_UNKNOWN)) {
    // Whoever asks knows that there is such a topic (`topics.ts`): a broker that has just started may not yet.
    return failed('LOG_UNAVAILABLE', 'it passes, unless the topic has been deleted');
  }
  if (isOne(error, TOO_LARGE)) return failed('EVENT_INVALID', 'a record is larger than a topic may hold');
  if (isOne(error, NO_COORDINATOR)) {
    return failed(
      'LOG_UNAVAILABLE',
      `check that its brokers can be reached from here, and that this user may use groups that begin with \`${TOPIC_PREFIX}\``,
    );
  }
  if (causes.some(({ message }) => CLOSED.test(message))) {
    return failed(
      'LOG_UNAVAILABLE',
      'check that it runs, and that EPOCHLOG_KAFKA_TLS and EPOCHLOG_KAFKA_SASL are what it expects at this port',
    );
  }
  if (causes.some(({ name }) => name.startsWith('KafkaJS'))) {
    return failed('LOG_UNAVAILABLE', 'check that it runs and that its brokers can be reached from here');
  }
  return error;
}

/** In one line; of several errors at once, the first. */
function saidBy(error: unknown): string {
  const first =
    error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : undefined;
  const said = first === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(first)}`;
  return said.replace(OPENSSL, '$1').trim();
}
