import { setTimeout as sleep } from 'node:timers/promises';
import { AssignerProtocol, type Cluster } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionsOfShard } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Connection } from './connection.ts';
import { type Claim, deal } from './dealing.ts';
import { isDividing, isInconsistent, isUnknownMember } from './failure.ts';

/** After so long without a heartbeat a member is taken for dead. The shortest that brokers allow by default. */
const SESSION_MS = 6_000;
const HEARTBEAT_MS = 1_000;
/** How long the others wait for a member that has to join again. */
const REBALANCE_MS = 8_000;
const LEAVE_PATIENCE_MS = 1_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** What is said of a group, and who is asked about it. */
export interface MembershipOptions {
  connection: Connection;
  group: string;
  /** the partitions that are shared, for Kafka's own tools to show */
  partitions: readonly Omit<Position, 'offset'>[];
  shards: number;
}

interface Joined {
  leaderId: string;
  memberId: string;
  generationId: number;
  members: { memberId: string; memberMetadata: Buffer }[];
}

/** Requests of Kafka's group protocol, which kafkajs sends and does not declare. */
interface Coordinator {
  joinGroup(request: object): Promise<Joined>;
  syncGroup(request: object): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: object): Promise<unknown>;
  leaveGroup(request: object): Promise<unknown>;
}

const speaksOfGroups = (broker: object): broker is Coordinator => 'joinGroup' in broker;

/**
 * A member of a consumer group that divides shards, by Kafka's group protocol: one member, which the coordinator
 * names, deals for all. Work goes on while the group settles; only a shard that moves is let go by the one and then
 * taken by the other (in the manner of KIP-429). That a shard never has two at work is not ensured here but by
 * fencing: who takes it fences who had it.
 */
export class Membership {
  readonly #options: MembershipOptions;
  #memberId = '';
  /** the shards that may be at work here, and the round in which they were dealt */
  #held: ReadonlySet<number> = new Set();
  #round = -1;
  #isTold = false;
  /** what was dealt last, until it is told */
  #dealt: ReadonlySet<number> | undefined;
  #mustRejoin = false;
  #stopped = false;
  #changed = Promise.withResolvers<void>();
  #living: Promise<void> | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Resolves with the shards dealt, at first and when they change; with nothing when the group is left. */
  async change(): Promise<ReadonlySet<number> | undefined> {
    this.#living ??= this.#live();
    while (!this.#stopped) {
      const { promise } = this.#changed;
      const dealt = this.#dealt;
      this.#dealt = undefined;
      if (dealt && !(this.#isTold && sameSet(dealt, this.#held))) {
        this.#isTold = true;
        this.#held = dealt.union(this.#held); // until the caller says that it has let go
        return dealt;
      }
      await promise;
    }
    return undefined;
  }

  /** The caller is at work on these shards and no others. */
  settle(held: ReadonlySet<number>): void {
    if (sameSet(held, this.#held)) return;
    this.#held = held;
    this.#mustRejoin = true;
    this.#wake();
  }

  /**
   * CONSUMER_FENCED when the group has gone on without this member: who was silent for too long must not take a shard
   * back from whoever has it now.
   */
  async assertMember(): Promise<void> {
    const { connection, group } = this.#options;
    try {
      await connection.once(async (cluster) => (await coordinatorOf(cluster, group)).heartbeat(this.#place));
    } catch (error) {
      if (isUnknownMember(error)) {
        throw new EpochlogError('CONSUMER_FENCED', `group '${group}' has gone on without this member`, {
          cause: error,
        });
      }
      if (!isDividing(error)) throw error;
    }
  }

  /** Leaves the group: others get its shards at once. */
  async leave(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    // a request that is held while others join is given up
    await Promise.race([this.#living, sleep(LEAVE_PATIENCE_MS, undefined, { ref: false })]);
    await this.#options.connection.close();
    await this.#living;
  }

  async #live(): Promise<void> {
    try {
      for (let wait = FIRST_RETRY_MS; !this.#stopped; wait = Math.min(2 * wait, LAST_RETRY_MS)) {
        const isQuiet = await this.#liveOnce().catch((error: unknown) => this.#recover(error));
        if (isQuiet) wait = FIRST_RETRY_MS;
        else await sleep(wait);
      }
    } catch (error) {
      this.#changed.promise.catch(() => {}); // whoever asks next will see it
      this.#changed.reject(error);
    }
  }

  /** Joins, and is a member until the group has to be divided anew. */
  #liveOnce(): Promise<boolean> {
    return this.#options.connection.once(async (cluster) => {
      const coordinator = await coordinatorOf(cluster, this.#options.group);
      await this.#join(coordinator);
      while (!this.#stopped && !this.#mustRejoin) {
        const { promise } = this.#changed;
        await Promise.race([sleep(HEARTBEAT_MS, undefined, { ref: false }), promise]);
        if (!this.#stopped) await coordinator.heartbeat(this.#place);
      }
      if (this.#stopped) await coordinator.leaveGroup(this.#place).catch(() => {});
      return true;
    });
  }

  async #join(coordinator: Coordinator): Promise<void> {
    const { group, shards } = this.#options;
    this.#mustRejoin = false;
    const joined = await coordinator.joinGroup({
      groupId: group,
      memberId: this.#memberId,
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_MS,
      protocolType: 'consumer',
      groupProtocols: [{ name: `${shards} shards`, metadata: this.#metadata() }],
    });
    this.#memberId = joined.memberId;
    const { memberAssignment } = await coordinator.syncGroup({
      groupId: group,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: joined.leaderId === joined.memberId ? this.#assign(joined) : [],
    });
    this.#round = joined.generationId;
    this.#dealt = shardsIn(memberAssignment);
    this.#wake();
  }

  get #place(): object {
    return { groupId: this.#options.group, memberId: this.#memberId, groupGenerationId: this.#round };
  }

  #metadata(): Buffer {
    const topics = [...new Set(this.#options.partitions.map(({ topic }) => topic))];
    const userData = Buffer.from(JSON.stringify({ shards: [...this.#held], round: this.#round }));
    return AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData });
  }

  /** What each member gets, with the partitions that this means. */
  #assign({ members }: Joined): { memberId: string; memberAssignment: Buffer }[] {
    const { shards: count, partitions } = this.#options;
    const hands = deal(count, members.map(claimOf));
    return [...hands].map(([memberId, shards]) => {
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

  /** Whether to go on at once; else after a pause. */
  #recover(error: unknown): boolean {
    const { group, shards } = this.#options;
    if (isUnknownMember(error)) {
      this.#memberId = ''; // it was silent for too long: the others may have divided everything among themselves
      this.#dealt = new Set();
      this.#wake();
      return true;
    }
    if (isDividing(error)) return true;
    if (isInconsistent(error)) {
      throw new EpochlogError(
        'CONFIG_INVALID',
        `the other members of group '${group}' do not divide it into ${shards} shards: stop those of another version`,
        { cause: error },
      );
    }
    if (error instanceof EpochlogError && error.code === 'LOG_UNAVAILABLE') return false;
    throw error;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

async function coordinatorOf(cluster: Cluster, groupId: string): Promise<Coordinator> {
  const broker = await cluster.findGroupCoordinator({ groupId });
  if (speaksOfGroups(broker)) return broker;
  throw new Error('this version of kafkajs does not send the requests of the group protocol');
}

function claimOf({ memberId, memberMetadata }: Joined['members'][number]): Claim {
  const { userData } = AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? {};
  return { member: memberId, ...JSON.parse(String(userData)) };
}

function shardsIn(memberAssignment: Buffer): Set<number> {
  const { userData } = AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? {};
  return new Set(userData && userData.length > 0 ? JSON.parse(String(userData)) : []);
}

const sameSet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean =>
  a.symmetricDifference(b).size === 0;
