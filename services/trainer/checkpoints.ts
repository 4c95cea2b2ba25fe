import { modeOf } from '../../ml/training/early-stopping.ts';
import { type Emit, type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { CheckpointSaved, TrainingStarted } from '../../schemas/events.generated.ts';

/** Best epochs whose checkpoints stay, where the request does not say how many. */
const KEPT = 3;
/** The newest one, and the one that is taken when it is damaged. */
const BACKED_UP = 2;

type Saved = Pick<CheckpointSaved, 'checkpoint' | 'epoch'>;
type Rule = Pick<TrainingStarted, 'params' | 'keepBest'>;

/**
 * The checkpoints that a run needs no longer, by its facts so far: all but those of its best epochs (the first of each, by
 * what decides which epoch is the best) and, while it goes on, the newest two.
 */
export function superseded(facts: readonly NewEvent[], rule: Rule, hasEnded: boolean): Saved[] {
  const deleted = new Set(
    facts.flatMap(({ type, data }) => (type === 'CheckpointDeleted' ? data.checkpoint : [])),
  );
  const saved = facts.flatMap(({ type, data }) => (type === 'CheckpointSaved' ? data : []));
  const there = saved.filter(({ checkpoint }) => !deleted.has(checkpoint));
  const valueAt = valuesOf(facts, rule);
  const firsts = there.filter(({ epoch }, at) => there.findIndex((other) => other.epoch === epoch) === at);
  const best = firsts
    .filter(({ epoch }) => valueAt.has(epoch))
    .sort((a, b) => valueAt.get(a.epoch)! - valueAt.get(b.epoch)! || a.epoch - b.epoch)
    .slice(0, rule.keepBest ?? KEPT);
  const newest = hasEnded ? [] : there.slice(-BACKED_UP);
  const kept = new Set([...best, ...newest].map(({ checkpoint }) => checkpoint));
  return there.filter(({ checkpoint }) => !kept.has(checkpoint));
}

/** By epoch, what decides which one is the best, the smaller the better: the monitored number, or its negative. */
function valuesOf(facts: readonly NewEvent[], { params }: Rule): Map<number, number> {
  const { monitor: named = 'auto', mode } = params;
  const values = new Map<number, number>();
  for (const { type, data } of facts) {
    if (type !== 'EpochCompleted') continue;
    const { epoch, validation, trainLoss } = data;
    const usual = 'rmse' in validation ? 'rmse' : 'logLoss';
    const monitor = named === 'auto' ? usual : String(named);
    const sign = modeOf(monitor, mode === 'max' || mode === 'min' ? mode : 'auto') === 'max' ? -1 : 1;
    const value = validation[monitor] ?? trainLoss;
    if (Number.isFinite(value)) values.set(epoch, sign * value);
  }
  return values;
}

/** Says so first: an artifact of which nothing is known any more may stay, and none is missing that the log counts on. */
export async function deleteCheckpoints(
  runId: string,
  checkpoints: readonly Saved[],
  emit: Emit,
  { artifacts }: Pick<ServiceContext, 'artifacts'>,
): Promise<void> {
  if (checkpoints.length === 0) return;
  await emit(
    ...checkpoints.map(({ epoch, checkpoint }) =>
      newEvent('CheckpointDeleted', { runId, epoch, checkpoint }),
    ),
  );
  for (const { checkpoint } of checkpoints) await artifacts.delete(checkpoint, Infinity);
}

/**
 * A checkpoint as it is stored. It begins with the run, so that no two runs have the same artifact: what one deletes, no other
 * needs.
 */
export const labelled = (runId: string, state: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${runId}\n`), state]);

/** What the engine saved in a checkpoint; undefined for one of another run. */
export function stateIn(runId: string, checkpoint: Uint8Array): Uint8Array | undefined {
  const label = Buffer.from(`${runId}\n`);
  if (!label.equals(checkpoint.subarray(0, label.length))) return undefined;
  return checkpoint.subarray(label.length);
}
