import { setTimeout as sleep } from 'node:timers/promises';
import { AssignerProtocol } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionsOfShard } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Connection } from './connection.ts';
import { isInconsistentProtocol, isRebalancing, isUnknownMember } from './failure.ts';
import { findGroupCoordinator, type GroupCoordinator, type JoinGroupResponse } from './kafkajs-patch.ts';
import { assignShards, type OwnedShards } from './sticky-assignor.ts';

/** The shortest that brokers allow by default. */
const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
const REBALANCE_TIMEOUT_MS = 8_000;
const LEAVE_TIMEOUT_MS = 1_000;
const INITIAL_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

export interface GroupMemberOptions {
  /** for this member alone: closed when it leaves */
  connection: Connection;
  group: string;
  /** the partitions that are split into shards; part of the assignments, so that Kafka's tools show them */
  partitions: readonly Omit<Position, 'offset'>[];
  shards: number;
}

/**
 * A member of a consumer group, by Kafka's classic group protocol. The group leader computes the assignment of shards
 * (sticky, cooperative: KIP-429), so that members go on with the shards that they keep during a rebalance. That a shard
 * never has two active owners is ensured by fencing (`shard-producer.ts`), not here.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  #memberId = '';
  /** the shards that may still be in use here, and the generation that assigned them */
  #owned: ReadonlySet<number> = new Set();
  #generation = -1;
  #hasReturned = false;
  /** the newest assignment, until `nextAssignment` returns it */
  #assigned: ReadonlySet<number> | undefined;
  #mustRejoin = false;
  #stopped = false;
  #changed = Promise.withResolvers<void>();
  #session: Promise<void> | undefined;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  /** The shards assigned to this member: at first, and whenever they change. undefined after it has left. */
  async nextAssignment(): Promise<ReadonlySet<number> | undefined> {
    this.#session ??= this.#run();
    while (!this.#stopped) {
      const { promise } = this.#changed;
      const assigned = this.#assigned;
      this.#assigned = undefined;
      if (assigned && !(this.#hasReturned && isSameSet(assigned, this.#owned))) {
        this.#hasReturned = true;
        this.#owned = assigned.union(this.#owned); // until the caller has revoked the others
        return assigned;
      }
      await promise;
    }
    return undefined;
  }

  /** Tells the group that the caller uses these shards and has revoked all others. */
  revokeAllBut(shards: ReadonlySet<number>): void {
    if (isSameSet(shards, this.#owned)) return;
    this.#owned = shards;
    this.#mustRejoin = true;
    this.#wake();
  }

  /**
   * CONSUMER_FENCED when the group has removed this member: a process that did not send heartbeats for too long must
   * not take a shard back from its new owner.
   */
  async assertMember(): Promise<void> {
    const { connection, group } = this.#options;
    try {
      await connection.once(async (cluster) =>
        (await findGroupCoordinator(cluster, group)).heartbeat(this.#identity),
      );
    } catch (error) {
      if (isUnknownMember(error)) {
        throw new EpochlogError('CONSUMER_FENCED', `group '${group}' has removed this member`, {
          cause: error,
        });
      }
      if (!isRebalancing(error)) throw error;
    }
  }

  /** Leaves the group: its shards are assigned to others at once. */
  async leave(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    // the coordinator may hold a request until others have joined: that is not waited for
    await Promise.race([this.#session, sleep(LEAVE_TIMEOUT_MS, undefined, { ref: false })]);
    await this.#options.connection.close();
    await this.#session;
  }

  async #run(): Promise<void> {
    try {
      for (
        let backoff = INITIAL_BACKOFF_MS;
        !this.#stopped;
        backoff = Math.min(2 * backoff, MAX_BACKOFF_MS)
      ) {
        const rejoinsAtOnce = await this.#joinAndHeartbeat().catch((error: unknown) => this.#recover(error));
        if (rejoinsAtOnce) backoff = INITIAL_BACKOFF_MS;
        else await sleep(backoff);
      }
    } catch (error) {
      this.#changed.promise.catch(() => {}); // the next caller of nextAssignment gets it
      this.#changed.reject(error);
    }
  }

  /** Joins, and sends heartbeats until the group has to rebalance. */
  #joinAndHeartbeat(): Promise<boolean> {
    return this.#options.connection.once(async (cluster) => {
      const coordinator = await findGroupCoordinator(cluster, this.#options.group);
      await this.#join(coordinator);
      while (!this.#stopped && !this.#mustRejoin) {
        const { promise } = this.#changed;
        await Promise.race([sleep(HEARTBEAT_INTERVAL_MS, undefined, { ref: false }), promise]);
        if (!this.#stopped) await coordinator.heartbeat(this.#identity);
      }
      if (this.#stopped) await coordinator.leaveGroup(this.#identity).catch(() => {});
      return true;
    });
  }

  async #join(coordinator: GroupCoordinator): Promise<void> {
    const { group, shards } = this.#options;
    this.#mustRejoin = false;
    const joined = await coordinator.joinGroup({
      groupId: group,
      memberId: this.#memberId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      protocolType: 'consumer',
      groupProtocols: [{ name: `${shards} shards`, metadata: this.#metadata() }],
    });
    this.#memberId = joined.memberId;
    const isLeader = joined.leaderId === joined.memberId;
    const { memberAssignment } = await coordinator.syncGroup({
      groupId: group,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: isLeader ? this.#assign(joined) : [],
    });
    this.#generation = joined.generationId;
    this.#assigned = shardsIn(memberAssignment);
    this.#wake();
  }

  get #identity(): object {
    return { groupId: this.#options.group, memberId: this.#memberId, groupGenerationId: this.#generation };
  }

  #metadata(): Buffer {
    const topics = [...new Set(this.#options.partitions.map(({ topic }) => topic))];
    const userData = Buffer.from(JSON.stringify({ shards: [...this.#owned], generation: this.#generation }));
    return AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData });
  }

  /** The assignment of every member: its shards, and the partitions of these. */
  #assign({ members }: JoinGroupResponse): { memberId: string; memberAssignment: Buffer }[] {
    const { shards: count, partitions } = this.#options;
    const assignments = assignShards(count, members.map(ownedShardsOf));
    return [...assignments].map(([memberId, shards]) => {
      const own = shards.flatMap((index) => partitionsOfShard({ index, of: count }, partitions));
      const byTopic = Map.groupBy(own, ({ topic }) => topic);
      const assignment = Object.fromEntries(
        [...byTopic].map(([topic, members]) => [topic, members.map(({ partition }) => partition)]),
      );
      const userData = Buffer.from(JSON.stringify(shards));
      const memberAssignment = AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData });
      return { memberId, memberAssignment };
    });
  }

  /** Whether to rejoin at once; else after a backoff. */
  async #recover(error: unknown): Promise<boolean> {
    if (isUnknownMember(error)) {
      this.#memberId = ''; // its session has expired, and all its shards may have other owners
      this.#assigned = new Set();
      this.#wake();
      return true;
    }
    if (isRebalancing(error)) return true;
    if (isInconsistentProtocol(error)) {
      const { group, shards } = this.#options;
      throw new EpochlogError(
        'CONFIG_INVALID',
        `consumer group '${group}' has ${await this.#protocol()}, this process ${shards}: stop the instances of the ` +
          'other version',
        { cause: error },
      );
    }
    if (error instanceof EpochlogError && error.code === 'LOG_UNAVAILABLE') return false;
    throw error;
  }

  /** The protocol of the group, `n shards`. */
  #protocol(): Promise<string> {
    const { connection, group } = this.#options;
    return connection.once(async (cluster) => {
      const coordinator = await findGroupCoordinator(cluster, group);
      const described = await coordinator.describeGroups({ groupIds: [group] });
      return described.groups[0]?.protocol || 'another number of shards';
    });
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function ownedShardsOf({ memberId, memberMetadata }: JoinGroupResponse['members'][number]): OwnedShards {
  const { userData } = AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? {};
  return { memberId, ...JSON.parse(String(userData)) };
}

function shardsIn(memberAssignment: Buffer): Set<number> {
  const { userData } = AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? {};
  return new Set(userData && userData.length > 0 ? JSON.parse(String(userData)) : []);
}

const isSameSet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean =>
  a.symmetricDifference(b).size === 0;
