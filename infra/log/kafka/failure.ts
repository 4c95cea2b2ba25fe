import { EpochlogError, type ErrorCode, messageOf } from '../../../kernel/errors.ts';
import { TOPIC_PREFIX } from '../../../kernel/topics.ts';
import { isNotTls, isUntrusted } from '../../tls.ts';

/** Answers to a producer whose transactional id has a newer producer, or whose transaction was aborted. */
const FENCED: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
  'Unknown error code 90', // kafkajs does not know PRODUCER_FENCED
]);

const TOPIC_UNKNOWN: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION']);
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

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

/** kafkajs throws this for every error of FindCoordinator, a missing right included. */
const NO_COORDINATOR: ReadonlySet<string> = new Set(['KafkaJSGroupCoordinatorNotFound']);

/** A broker closes a connection that uses the wrong protocol, and also when it stops. */
const CLOSED = /^Closed connection|disconnected before secure TLS/;

/** An OpenSSL error with source locations; group 1 is the reason. */
const OPENSSL = /(?:\w+:)?error:\w+:[^:]*:[^:]*:([^:\n]+)(?::\S*)?(?::[^:\n]*\n?)?/;

/** The causes that kafkajs has wrapped, outermost first. */
function* causesOf(error: unknown): Iterable<Error> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    yield cause;
    if ('errors' in cause && Array.isArray(cause.errors)) yield* causesOf(cause.errors[0]);
  }
}

/** What may identify an error: its type, its code, its name, its message. */
const identifiersOf = (error: Error): string[] => [
  ...('type' in error ? [String(error.type)] : []),
  ...('code' in error ? [String(error.code)] : []),
  error.name,
  error.message,
];

const isOne = (error: unknown, identifiers: ReadonlySet<string>): boolean =>
  [...causesOf(error)].some((cause) =>
    identifiersOf(cause).some((identifier) => identifiers.has(identifier)),
  );

const isTlsFailure = (code: string): boolean => isUntrusted(code) || isNotTls(code);

/** Whether a newer producer has fenced this one. */
export const isFenced = (error: unknown): boolean => isOne(error, FENCED);

/** Whether the previous transaction of the producer is still being completed. */
export const isConcurrent = (error: unknown): boolean => isOne(error, new Set(['CONCURRENT_TRANSACTIONS']));

/** Whether a position is beyond the end of its partition. */
export const isOutOfRange = (error: unknown): boolean => isOne(error, new Set(['OFFSET_OUT_OF_RANGE']));

/** Whether the group has removed the member. */
export const isUnknownMember = (error: unknown): boolean =>
  isOne(error, new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']));

/** Whether the group is rebalancing. */
export const isRebalancing = (error: unknown): boolean => isOne(error, new Set(['REBALANCE_IN_PROGRESS']));

/** Whether the other members of the group have another protocol. */
export const isInconsistentProtocol = (error: unknown): boolean =>
  isOne(error, new Set(['INCONSISTENT_GROUP_PROTOCOL']));

/** An error of kafkajs as one of the table; a defect as it is. */
export function translated(error: unknown, address: string): unknown {
  if (error instanceof EpochlogError) return error;
  const causes = [...causesOf(error)];
  const failed = (code: ErrorCode, advice: string) =>
    new EpochlogError(code, `Kafka at ${address}: ${reasonOf(error)}; ${advice}`, { cause: error });
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
  if (causes.some((cause) => 'code' in cause && isTlsFailure(String(cause.code)))) {
    return failed(
      'CONFIG_INVALID',
      'check EPOCHLOG_KAFKA_TLS, _CA, _CERT and _KEY, and that the certificate of the brokers names this address',
    );
  }
  if (isOne(error, TOPIC_UNKNOWN)) {
    // `topics.ts` has seen the topic: a broker that has just started may not know it yet.
    return failed('LOG_UNAVAILABLE', 'try again; if it stays, the topic has been deleted');
  }
  if (isOne(error, TOO_LARGE))
    return failed('EVENT_INVALID', 'a record is larger than max.message.bytes of its topic');
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

/** Its message in one line; of several errors, the first. */
function reasonOf(error: unknown): string {
  const first =
    error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : undefined;
  const reason = first === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(first)}`;
  return reason.replace(OPENSSL, '$1').trim();
}
