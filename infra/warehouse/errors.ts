import { ClickHouseError } from '@clickhouse/client';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';

/** ClickHouse's codes for states that pass by themselves: the statement may be right, and is worth another try. */
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
  '319', // UNKNOWN_STATUS_OF_INSERT
  '394', // QUERY_WAS_CANCELLED
  '999', // KEEPER_EXCEPTION
]);
const DISK_FULL = new Set([
  '75', // CANNOT_WRITE_TO_FILE_DESCRIPTOR
  '243', // NOT_ENOUGH_SPACE
]);
const MEMORY_LIMIT_EXCEEDED = '241';

/** A syntax error lists all that might have stood there instead. */
const LONGEST_MESSAGE = 600;
const shortened = (text: string): string =>
  text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}…`;

/**
 * What an error of the client means. Whatever did not come from the server itself is a matter of the
 * connection, hence retriable; so is a lack of memory that all queries together have caused.
 */
export function warehouseError(error: unknown): EpochlogError {
  const options = { cause: error };
  if (!(error instanceof ClickHouseError)) {
    const message = `the warehouse does not answer: ${messageOf(error)}`;
    return new EpochlogError('WAREHOUSE_UNAVAILABLE', message, options);
  }
  const message = `${shortened(error.message.trim())} (ClickHouse ${error.code} ${error.type ?? ''})`;
  if (DISK_FULL.has(error.code)) return new EpochlogError('DISK_FULL', message, options);
  const transient = TRANSIENT.has(error.code) || isLackOfAllMemory(error);
  return new EpochlogError(transient ? 'WAREHOUSE_UNAVAILABLE' : 'WAREHOUSE_QUERY', message, options);
}

/** One number stands for both limits, a query's own and the server's; only the text tells them apart. */
const isLackOfAllMemory = ({ code, message }: ClickHouseError): boolean =>
  code === MEMORY_LIMIT_EXCEEDED && message.includes('(total)');
