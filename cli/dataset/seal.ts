import { EpochlogError } from '../../kernel/errors.ts';
import { declaredModels, policyOf } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { DatasetSealed } from '../../schemas/events.generated.ts';
import { NO_FOLDS, type SplitStrategy } from '../../tasks/policies/splits.ts';
import { ensureDeclared } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { requestAndFollow } from '../follow.ts';
import { sealedDatasets } from '../import/check.ts';
import { refusal } from '../refusal.ts';

export interface SealOptions {
  model: string;
  by: string;
  split?: SplitStrategy;
  folds?: number;
  seed?: number;
  trainFraction?: number;
  validationFraction?: number;
  /** false with --no-cache */
  cache: boolean;
}

/** A dataset, and what is said of one that was not sealed since it was there. */
export interface SealedDataset {
  readonly dataset: DatasetSealed;
  readonly reused: string | undefined;
}

/**
 * Seals the samples of a model, as its policy says where the options do not: one dataset, which extends the last one of the
 * model, or one for each fold, which extend none.
 */
export async function* sealDatasets(
  session: Session,
  { model, by, folds = 0, cache: reuse, ...given }: SealOptions,
): AsyncGenerator<SealedDataset, void, undefined> {
  await ensureDeclared(session, model, by);
  const { task, seed } = (await declaredModels(session.events)).get(model)!;
  const all = [...(await sealedDatasets(session.events)).values()];
  const before = all.findLast((sealed) => sealed.model === model && sealed.folds === 0);
  const { training } = await policyOf(session.events, model);
  const split = { seed, ...training, ...given };
  if (split.trainFraction + split.validationFraction >= 1)
    throw new EpochlogError(
      'INPUT_INVALID',
      '--train-fraction and --validation-fraction leave nothing for the test split: their sum must be below 1',
    );
  const name = `${model}-s${Date.now().toString(36)}`;
  const parts =
    folds === 0
      ? [{ datasetId: name, extends: before?.datasetId ?? null, ...NO_FOLDS }]
      : Array.from({ length: folds }, (_, i) => ({
          datasetId: `${name}-f${i + 1}`,
          extends: null,
          folds,
          fold: i + 1,
        }));
  for (const part of parts) {
    const asked = { ...part, model, task, ...split, reuse, requestedBy: by };
    const end = await requestAndFollow(session, newEvent('DatasetRequested', asked), {
      ends: ['DatasetSealed', 'DatasetReused', 'DatasetRefused'],
    });
    if (end.type === 'DatasetRefused') throw refusal(end.data);
    if (end.type === 'DatasetSealed') yield { dataset: end.data, reused: undefined };
    else {
      const dataset = all.find(({ datasetId }) => datasetId === end.data.reusedFrom);
      if (!dataset) throw new TypeError(`${end.data.reusedFrom} was reused, and is not in the log`);
      yield { dataset, reused: describeEvent(end) };
    }
  }
}
