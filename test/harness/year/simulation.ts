import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRET } from '../../../services/notifier/fixtures.ts';
import type { Simulation } from './drive.ts';

/** What differs from simulation to simulation. */
interface Given extends Pick<Simulation, 'records' | 'from' | 'weeks'> {
  /** when a training is asked for, cron; null: only what the policy triggers is trained */
  readonly training: string | null;
  /** of the canary, per cent of the traffic */
  readonly stages: readonly number[];
  /** predictions of each version that a stage needs */
  readonly minimumSamples: number;
  /** of a webhook of this machine, where notifications go */
  readonly webhook: string;
  /** further lines of the policy, YAML */
  readonly policy?: string;
}

/**
 * A simulation with a canary for each promotion and a channel for notifications. Nothing is decided by how long predictions take,
 * which differs from run to run.
 *
 * @param folder gets the file of the channels
 */
export async function simulationOf(
  folder: string,
  { records, from, weeks, training, stages, minimumSamples, webhook, policy = '' }: Given,
): Promise<Simulation> {
  const channels = join(folder, 'channels.yaml');
  const channel = { name: 'team', kind: 'webhook', url: webhook, secret: SECRET, private: true };
  await writeFile(channels, JSON.stringify({ channels: [channel] }));
  const rollout = `{ strategy: canary, stages: ${JSON.stringify(stages)}, dwell: 1d, minimumSamples: ${minimumSamples}, reviewEvery: 12h, latencyRatio: 1000, maximumP95Ms: 10000 }`;
  return {
    ...{ records, from, weeks, training },
    policy: `rollout: ${rollout}\nguard: { p95Ms: null }\nmonitors: { latency: null }\n${policy}`,
    environment: { EPOCHLOG_NOTIFIER_CHANNELS: channels },
  };
}
