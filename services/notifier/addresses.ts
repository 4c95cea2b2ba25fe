import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Networks that are not the Internet: this machine, private ones, link-local, shared, documentation, multicast, reserved. */
const INSIDE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  INSIDE.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127], // unspecified and loopback
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  INSIDE.addSubnet(network, bits, 'ipv6');

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Whether an address is on the Internet; IPv4 addresses within IPv6 ones are looked at too. */
export function isOutside({ address, family }: Address): boolean {
  const inV6 = /^::(?:ffff:)?(?<v4>\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.groups?.v4;
  if (inV6 !== undefined) return !INSIDE.check(inV6, 'ipv4');
  return !INSIDE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** A receiver that may only be reached on purpose. */
export class PrivateAddress extends Error {
  readonly code = 'PRIVATE_ADDRESS';
}

export type Resolve = (host: string) => Promise<readonly Address[]>;

const resolveByDns: Resolve = (host) => lookup(host, { all: true });

/**
 * The address to connect to, and no other: a name that resolves to a private address, now or the next time it is asked,
 * must not lead inside. One private address among those of a name is enough to refuse it.
 *
 * @throws PrivateAddress, unless it is allowed
 */
export async function addressOf(
  host: string,
  { isPrivate, resolve = resolveByDns }: { isPrivate: boolean; resolve?: Resolve | undefined },
): Promise<Address> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(bare);
  const all = family === 0 ? await resolve(bare) : [{ address: bare, family }];
  const [first] = all;
  if (!first) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
  if (!isPrivate && !all.every(isOutside)) throw new PrivateAddress();
  return first;
}
