/** What a member of a group has when it joins again: its shards, and the round in which they were dealt to it. */
export interface Claim {
  member: string;
  shards: readonly number[];
  round: number;
}

/**
 * Deals the shards 0 to `count` - 1 to members so that each gets as many as any other, or one more, and keeps as many
 * of its own as that allows. A shard that is to go from one member to another is dealt to nobody for now: the first
 * has to let it go, and joins again when it has. Of two that claim a shard, the one to whom it was dealt later has it.
 */
export function deal(count: number, claims: readonly Claim[]): Map<string, number[]> {
  const owners = ownersOf(count, claims);
  const owned = (member: string) =>
    [...owners].filter(([, owner]) => owner === member).map(([shard]) => shard);
  const members = claims
    .map(({ member }) => ({ member, has: owned(member) }))
    .sort((a, b) => b.has.length - a.has.length || (a.member < b.member ? -1 : 1));
  const free = Array.from({ length: count }, (_, shard) => shard).filter((shard) => !owners.has(shard));
  const [least, extra] = [Math.floor(count / members.length), count % members.length];
  let leaving = 0;
  const hands = members.map(({ member, has }, i) => {
    const quota = least + (i < extra ? 1 : 0);
    leaving += Math.max(0, has.length - quota);
    return { member, quota, shards: has.slice(0, quota) };
  });
  // what is free goes round; what is leaving is kept back from those who have room for it
  for (const hand of hands) {
    while (hand.shards.length < hand.quota && free.length > 0) hand.shards.push(free.shift()!);
  }
  if (leaving === 0 && free.length > 0) throw new Error(`${free.length} shards were not dealt`);
  return new Map(hands.map(({ member, shards }) => [member, shards.sort((a, b) => a - b)]));
}

/** By shard, who has it. */
function ownersOf(count: number, claims: readonly Claim[]): Map<number, string> {
  const owners = new Map<number, string>();
  const rounds = new Map<number, number>();
  for (const { member, shards, round } of claims) {
    for (const shard of shards) {
      if (shard >= count || round <= (rounds.get(shard) ?? -1)) continue;
      owners.set(shard, member);
      rounds.set(shard, round);
    }
  }
  return owners;
}
