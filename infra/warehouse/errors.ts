import { ClickHouseError } from '@clickhouse/client';
import { EpochlogError, type ErrorCode, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import { OPEN_FILES_ADVICE } from '../disk.ts';
import { isNotTls, isUntrusted } from '../tls.ts';

/** What answers, as messages name it, and what it knows the caller as. */
export interface Place {
  /** `ClickHouse at http://host:8123`, or the engine of this machine */
  name: string;
  /** of a server */
  user?: string | undefined;
}

/** ClickHouse's codes of transient states: the statement may be retried. */
const TRANSIENT = new Set([
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '225', // NO_ZOOKEEPER
  '236', // ABORTED: the server is shutting down
  '242', // TABLE_IS_READ_ONLY
  '252', // TOO_MANY_PARTS
  '279', // ALL_CONNECTION_TRIES_FAILED
  '285', // TOO_FEW_LIVE_REPLICAS
  '286', // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  '289', // REPLICA_IS_NOT_IN_QUORUM
  '319', // UNKNOWN_STATUS_OF_INSERT
  '394', // QUERY_WAS_CANCELLED
  '469', // VIOLATED_CONSTRAINT: the only constraint refuses an insert whose lease has ended
  '999', // KEEPER_EXCEPTION
]);
const DISK_FULL = new Set([
  '75', // CANNOT_WRITE_TO_FILE_DESCRIPTOR
  '243', // NOT_ENOUGH_SPACE
]);
const STRANGER = new Set([
  '192', // UNKNOWN_USER
  '193', // WRONG_PASSWORD
  '194', // REQUIRED_PASSWORD
  '516', // AUTHENTICATION_FAILED
]);
const MEMORY_LIMIT_EXCEEDED = '241';

/** The operating system's error 24, EMFILE, under whatever code ClickHouse reports it. */
const TOO_MANY_FILES = /\berrno: 24\b/;

/** An answer of ClickHouse about an error of a library, which its client does not recognise. */
const FOREIGN = /^(?:std::exception|Poco::Exception)\. Code: 100\d/;
/** How the function `file` ends in the embedded engine, whose process has no working directory. */
const NO_FOLDER = /\bcurrent_path: call to getcwd failed/;
const NO_SPACE = /No space left|e\.code\(\) = 28\b/;
/** An HTML page: not an answer of ClickHouse. */
const PAGE = /^\s*</;

/** A syntax error lists all tokens that would have been valid. */
const LONGEST_MESSAGE = 600;
const shortened = (text: string): string =>
  text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}…`;

/**
 * Maps an error of the client. Authentication and TLS trust errors are CONFIG_INVALID. All other errors that are not the
 * server's own are connection errors, hence retriable; so is the server's total memory limit.
 */
export function warehouseError(error: unknown, place: Place): EpochlogError {
  if (error instanceof EpochlogError) return error;
  const [code, message] =
    error instanceof ClickHouseError ? answered(error, place) : unanswered(error, place);
  return new EpochlogError(code, message, { cause: error });
}

/** Whether ClickHouse has refused a statement because a right is missing. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof EpochlogError &&
  error.cause instanceof ClickHouseError &&
  ['164', '497'].includes(error.cause.code); // READONLY, ACCESS_DENIED

type Meaning = [code: ErrorCode, message: string];

function answered(error: ClickHouseError, { name, user }: Place): Meaning {
  if (STRANGER.has(error.code)) {
    if (user === undefined) return ['WAREHOUSE_UNAVAILABLE', `${name} was started again meanwhile`];
    const advice =
      'correct EPOCHLOG_CLICKHOUSE_USER and _PASSWORD, or EPOCHLOG_CLICKHOUSE_ANALYST and _ANALYST_PASSWORD';
    return ['CONFIG_INVALID', `${name} does not let the user '${user}' in: ${advice}`];
  }
  if (TOO_MANY_FILES.test(error.message)) {
    return ['CONFIG_INVALID', `${name} reaches the limit of open files (EMFILE): ${OPEN_FILES_ADVICE}`];
  }
  const message = `${shortened(error.message.trim())} (ClickHouse ${error.code} ${error.type ?? ''})`;
  if (DISK_FULL.has(error.code)) return ['DISK_FULL', message];
  const transient = TRANSIENT.has(error.code) || isLackOfAllMemory(error);
  return [transient ? 'WAREHOUSE_UNAVAILABLE' : 'WAREHOUSE_QUERY', message];
}

function unanswered(error: unknown, { name }: Place): Meaning {
  const code = systemCodeOf(error) ?? '';
  const text = messageOf(error) || code; // only a code says why a name with two addresses was not reached
  if (isUntrusted(code)) {
    const advice =
      'name the file with the certificate of its authority in NODE_EXTRA_CA_CERTS, and the host in EPOCHLOG_CLICKHOUSE as the certificate does';
    return ['CONFIG_INVALID', `the certificate of ${name} is not to be trusted: ${text}; ${advice}`];
  }
  if (isNotTls(code)) {
    const advice =
      'EPOCHLOG_CLICKHOUSE must begin with http:// if it does not (its port is then 8123, not 8443)';
    return ['CONFIG_INVALID', `${name} does not speak TLS as it should: ${code}; ${advice}`];
  }
  if (NO_FOLDER.test(text))
    return ['WAREHOUSE_QUERY', `${name} does not read files: leave out the function 'file'`];
  if (FOREIGN.test(text)) return [NO_SPACE.test(text) ? 'DISK_FULL' : 'WAREHOUSE_QUERY', shortened(text)];
  if (error instanceof SyntaxError || PAGE.test(text)) {
    const advice = 'a proxy may stand before it, or EPOCHLOG_CLICKHOUSE name something else';
    return ['WAREHOUSE_UNAVAILABLE', `what answers is not ${name}: ${inOneLine(text)}; ${advice}`];
  }
  return ['WAREHOUSE_UNAVAILABLE', `${name} does not answer: ${inOneLine(text)}`];
}

/** A text, without HTML tags, truncated. */
const inOneLine = (text: string): string =>
  shortened(
    text
      .replace(/<(style|script)\b.*?<\/\1>|<[^>]*>/gs, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );

/** The same code stands for the limit of a query and that of the server; only the text tells them apart. */
const isLackOfAllMemory = ({ code, message }: ClickHouseError): boolean =>
  code === MEMORY_LIMIT_EXCEEDED && message.includes('(total)');
