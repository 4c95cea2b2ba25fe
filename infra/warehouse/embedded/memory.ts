import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';

const MIB = 2 ** 20;
const SHARE = 1 / 8;
const LEAST = 384 * MIB;
const MOST = 2048 * MIB;

/** What ClickHouse may use, in bytes, beside the 240 MB that its library holds. */
export interface MemoryLimits {
  server: number;
  /** of one statement of the project */
  owner: number;
  /** of all queries of users together */
  analyst: number;
}

/** Memory of this machine, or of the container, if it has less; in bytes. */
export const machineMemory = (): number => Math.min(totalmem(), constrainedMemory() || Infinity);

/**
 * An eighth of the machine's memory, at least 384 MiB and at most 2 GiB, or what the configuration says. A statement of
 * the project takes half of that at most, and what users ask, together, two fifths.
 */
export function memoryLimits(machine: number, configured?: number): MemoryLimits {
  const server = configured ?? Math.min(MOST, Math.max(LEAST, machine * SHARE));
  const share = (of: number) => Math.floor(server * of);
  return { server: share(1), owner: share(0.5), analyst: share(0.4) };
}
