/** The losses of a model beside those of another on the same samples, by the metric whose loss it is. */
export interface PairedLosses {
  readonly metric: string;
  /** mean of (loss of the model − loss of the other): below 0 when the model is better */
  readonly mean: number;
  readonly standardError: number;
}

/** What one part of the samples says of a model beside another. */
export interface PartJudged {
  /** whose loss decides */
  readonly loss: string;
  /** by how many standard errors that loss is lower than the other's: below 0 when it is higher */
  readonly ahead: number;
  /** the metrics by which it is significantly worse */
  readonly worse: readonly string[];
}

export interface Judgement {
  readonly isBetter: boolean;
  /** of all samples, then of the recent ones, where there are enough of them */
  readonly parts: readonly PartJudged[];
}

/**
 * Whether a model is better than another one by the paired losses on the same samples: on all of them or on the recent ones its
 * loss is lower by more than so many standard errors, and on neither is that loss, or the metric, higher by as many. The loss of
 * a classifier is the log loss, which sees every probability where accuracy sees only crossed thresholds; else it is that of
 * the metric. With 2 standard errors a model that is as good wins in at most 2 × 2.3 % of the cases: the parts overlap.
 *
 * @param parts the paired losses on all samples, and on the recent ones
 * @param metric that models are compared by; accuracy stands for one without a loss of its own
 * @returns undefined where nothing was compared in pairs
 */
export function judge(
  parts: readonly (readonly PairedLosses[])[],
  metric: string,
  standardErrors: number,
): Judgement | undefined {
  const judged = parts.flatMap((paired) => partJudged(paired, metric, standardErrors) ?? []);
  if (judged.length === 0) return undefined;
  const isBetter =
    judged.some(({ ahead }) => ahead > standardErrors) && judged.every(({ worse }) => worse.length === 0);
  return { isBetter, parts: judged };
}

function partJudged(
  paired: readonly PairedLosses[],
  metric: string,
  standardErrors: number,
): PartJudged | undefined {
  const by = (name: string) => paired.find((losses) => losses.metric === name);
  const loss = by('logLoss') ?? by(metric) ?? paired[0];
  if (!loss) return undefined;
  const guarded = [...new Set([loss, by(metric) ?? by('accuracy') ?? loss])];
  const worse = guarded.filter((one) => aheadBy(one) < -standardErrors).map((one) => one.metric);
  return { loss: loss.metric, ahead: aheadBy(loss), worse };
}

/** Where all differences are equal, nothing is left to chance. */
const aheadBy = ({ mean, standardError }: PairedLosses): number => (mean === 0 ? 0 : -mean / standardError);
