/** What a member of a group has when it joins again: its shares, and the round in which they were dealt to it. */
export interface Claim {
  member: string;
  shares: readonly number[];
  round: number;
}

/**
 * Deals the shares 0 to `count` - 1 to members so that each gets as many as any other, or one more, and keeps as many
 * of its own as that allows. A share that is to go from one member to another is dealt to nobody for now: the first
 * has to let it go, and joins again when it has. Of two that claim a share, the one to whom it was dealt later has it.
 */
export function deal(count: number, claims: readonly Claim[]): Map<string, number[]> {
  const owners = ownersOf(count, claims);
  const owned = (member: string) =>
    [...owners].filter(([, owner]) => owner === member).map(([share]) => share);
  const members = claims
    .map(({ member }) => ({ member, has: owned(member) }))
    .sort((a, b) => b.has.length - a.has.length || (a.member < b.member ? -1 : 1));
  const free = Array.from({ length: count }, (_, share) => share).filter((share) => !owners.has(share));
  const [least, extra] = [Math.floor(count / members.length), count % members.length];
  let leaving = 0;
  const hands = members.map(({ member, has }, i) => {
    const quota = least + (i < extra ? 1 : 0);
    leaving += Math.max(0, has.length - quota);
    return { member, quota, shares: has.slice(0, quota) };
  });
  // what is free goes round; what is leaving is kept back from those who have room for it
  for (const hand of hands) {
    while (hand.shares.length < hand.quota && free.length > 0) hand.shares.push(free.shift()!);
  }
  if (leaving === 0 && free.length > 0) throw new Error(`${free.length} shares were not dealt`);
  return new Map(hands.map(({ member, shares }) => [member, shares.sort((a, b) => a - b)]));
}

/** By share, who has it. */
function ownersOf(count: number, claims: readonly Claim[]): Map<number, string> {
  const owners = new Map<number, string>();
  const rounds = new Map<number, number>();
  for (const { member, shares, round } of claims) {
    for (const share of shares) {
      if (share >= count || round <= (rounds.get(share) ?? -1)) continue;
      owners.set(share, member);
      rounds.set(share, round);
    }
  }
  return owners;
}
