import type { RollingFeature } from '../../ml/dataset/rolling.ts';
import type { DatasetSealedSourceRange } from '../../schemas/events.generated.ts';
import type { GroupNames } from './linked.ts';
import type { Splits } from './rows.ts';
import type { SealedCorpus } from './sealed-corpus.ts';

/** What is sealed. */
export interface Contents {
  readonly corpus: SealedCorpus;
  readonly splits: Splits;
  readonly sources: readonly DatasetSealedSourceRange[];
  /** whether the words of the samples that the dataset which is extended has are known */
  readonly isKnown: boolean;
  /** samples that have another label than their source says */
  readonly relabelled: number;
  /** groups of each sample, where they decided the splits and it may be in several */
  readonly names?: GroupNames | undefined;
  /** features that are computed of other samples */
  readonly rolling?: readonly RollingFeature[];
}
