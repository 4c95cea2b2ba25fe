/** What a group member owns when it joins: its shards, and the generation of the group that assigned them. */
export interface OwnedShards {
  memberId: string;
  shards: readonly number[];
  generation: number;
}

/**
 * Assigns the shards 0 to `count` - 1 to the members of a group: evenly (sizes differ by one at most), and sticky (a
 * member keeps as many of its shards as that allows). Cooperative, as in KIP-429: a shard that moves stays unassigned
 * until its owner has revoked it and joins again. Of two members that claim a shard, the later generation owns it.
 */
export function assignShards(count: number, owned: readonly OwnedShards[]): Map<string, number[]> {
  const owners = ownersOf(count, owned);
  const ownedBy = (memberId: string) =>
    [...owners].filter(([, owner]) => owner === memberId).map(([shard]) => shard);
  const members = owned
    .map(({ memberId }) => ({ memberId, kept: ownedBy(memberId) }))
    .sort((a, b) => b.kept.length - a.kept.length || (a.memberId < b.memberId ? -1 : 1));
  const free = Array.from({ length: count }, (_, shard) => shard).filter((shard) => !owners.has(shard));
  const [base, extra] = [Math.floor(count / members.length), count % members.length];
  let revoked = 0;
  const assignments = members.map(({ memberId, kept }, i) => {
    const quota = base + (i < extra ? 1 : 0);
    revoked += Math.max(0, kept.length - quota);
    return { memberId, quota, shards: kept.slice(0, quota) };
  });
  for (const { shards, quota } of assignments) {
    while (shards.length < quota && free.length > 0) shards.push(free.shift()!);
  }
  if (revoked === 0 && free.length > 0) throw new Error(`${free.length} shards are not assigned`);
  return new Map(assignments.map(({ memberId, shards }) => [memberId, shards.sort((a, b) => a - b)]));
}

/** The owner of each shard. */
function ownersOf(count: number, owned: readonly OwnedShards[]): Map<number, string> {
  const owners = new Map<number, string>();
  const generations = new Map<number, number>();
  for (const { memberId, shards, generation } of owned) {
    for (const shard of shards) {
      if (shard >= count || generation <= (generations.get(shard) ?? -1)) continue;
      owners.set(shard, memberId);
      generations.set(shard, generation);
    }
  }
  return owners;
}
