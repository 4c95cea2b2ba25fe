import { EpochlogError, type ErrorCode, messageOf } from '../../../kernel/errors.ts';

/** What Kafka answers a producer when another with its transactional id has come, or its transaction was aborted. */
const FENCED: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
  'Unknown error code 90', // kafkajs does not know PRODUCER_FENCED
]);

const TOPIC_UNKNOWN: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION']);
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Refusals that trying again does not change. */
const REFUSED: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'KafkaJSSASLAuthenticationError',
]);

/** Errors of `node:tls` with which a connection can never succeed. */
const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS|ERR_SSL|wrong version number/i;

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
  const failed = (code: ErrorCode, advice: string) =>
    new EpochlogError(code, `Kafka at ${address}: ${messageOf(error)}; ${advice}`, { cause: error });
  const causes = [...causesOf(error)];
  if (isOne(error, REFUSED)) {
    return failed('CONFIG_INVALID', 'check the user, the password and what the user may do');
  }
  if (causes.some((cause) => wordsOf(cause).some((word) => CERTIFICATE.test(word)))) {
    return failed('CONFIG_INVALID', 'check the certificates, and whether the brokers speak TLS at all');
  }
  if (isOne(error, TOPIC_UNKNOWN)) {
    // Whoever asks knows that there is such a topic (`topics.ts`): a broker that has just started may not yet.
    return failed('LOG_UNAVAILABLE', 'it passes, unless the topic has been deleted');
  }
  if (isOne(error, TOO_LARGE)) return failed('EVENT_INVALID', 'a record is larger than a topic may hold');
  if (causes.some(({ name }) => name.startsWith('KafkaJS'))) {
    return failed('LOG_UNAVAILABLE', 'check that it runs and that its brokers can be reached from here');
  }
  return error;
}
