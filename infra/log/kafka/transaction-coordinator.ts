import { createRequire } from 'node:module';
import type { Cluster } from 'kafkajs';
import type { ProducerIdentity } from './kafkajs-patch.ts';

/** Requests of transactions, which the brokers of kafkajs send and its types do not declare. */
export interface TransactionCoordinator {
  initProducerId(request: object): Promise<ProducerIdentity>;
  addPartitionsToTxn(request: object): Promise<unknown>;
  addOffsetsToTxn(request: object): Promise<unknown>;
  endTxn(request: object): Promise<unknown>;
  produce(request: object): Promise<unknown>;
  connectionPool: { send<T>(call: ProtocolCall<T>): Promise<T> };
}

/** A request that kafkajs does not have. */
interface ProtocolCall<T> {
  request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<object> };
  response: { decode(data: Buffer): Promise<T>; parse(decoded: T): Promise<T> };
}

/** kafkajs finds coordinators of transactions with the function for those of groups. */
const COORDINATOR_TYPE = 1;
/** TRANSACTIONAL_ID_NOT_FOUND */
const UNKNOWN_ID = 105;

const require = createRequire(import.meta.url);

const isTransactionCoordinator = (broker: object): broker is TransactionCoordinator =>
  'addPartitionsToTxn' in broker && 'connectionPool' in broker;

export async function findTransactionCoordinator(
  cluster: Cluster,
  transactionalId: string,
): Promise<TransactionCoordinator> {
  const request = { groupId: transactionalId, coordinatorType: COORDINATOR_TYPE };
  const broker: object = await cluster.findGroupCoordinator(request);
  if (isTransactionCoordinator(broker)) return broker;
  throw new Error('this version of kafkajs does not send the requests of transactions');
}

/** The states of a transaction that its coordinator names. */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'PrepareEpochFence'
  | 'Dead';

/**
 * The state of the newest transaction of a transactional id, undefined where the coordinator does not know the id: the
 * request DescribeTransactions, version 0 (KIP-664).
 */
export async function transactionState(
  coordinator: TransactionCoordinator,
  transactionalId: string,
): Promise<TransactionState | undefined> {
  const Encoder = require('kafkajs/src/protocol/encoder.js');
  const Decoder = require('kafkajs/src/protocol/decoder.js');
  const { failure, createErrorFromCode } = require('kafkajs/src/protocol/error.js');
  const { errorCode, state } = await coordinator.connectionPool.send<{
    errorCode: number;
    state: TransactionState;
  }>({
    request: {
      apiKey: 65,
      apiVersion: 0,
      apiName: 'DescribeTransactions',
      encode: async () =>
        new Encoder()
          .writeUVarIntBytes() // no tagged fields of the header
          .writeUVarIntArray([new Encoder().writeUVarIntString(transactionalId)])
          .writeUVarIntBytes(), // nor of the request
    },
    response: {
      async decode(data) {
        const decoder = new Decoder(data);
        decoder.readTaggedFields();
        decoder.readInt32(); // throttle time
        const [described] = decoder.readUVarIntArray(() => {
          const errorCode = decoder.readInt16();
          decoder.readUVarIntString(); // transactional id
          return { errorCode, state: decoder.readUVarIntString() };
        });
        return described;
      },
      parse: async (described) => described,
    },
  });
  if (errorCode === UNKNOWN_ID) return undefined;
  if (failure(errorCode)) throw createErrorFromCode(errorCode);
  return state;
}
