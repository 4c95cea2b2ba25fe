import { z } from 'zod';
import { hyperparameter, identifier, namedValues, reason } from '../kernel/texts.ts';

/** What a version may be beside the one before. */
export const CHANGES = ['major', 'minor', 'patch'] as const;

const words = reason.or(z.literal('')).default('');
const time = z.iso
  .datetime({ offset: true, error: 'must be a time as 2026-03-01T12:00:00Z' })
  .nullable()
  .default(null);

/** What someone else's trainer says of a run that has ended: the file of `run import`, and the body of `POST /v1/runs`. */
export const reportedRun = z
  .strictObject({
    runId: identifier,
    model: identifier,
    datasetId: identifier.describe('sealed dataset whose test split measures the package'),
    contentHash: identifier
      .nullable()
      .default(null)
      .describe('of that dataset, if its training split was learnt from; null: other data were'),
    trainedOn: words.describe('what data, for people'),
    trainer: identifier.describe('what trained it, such as scikit-learn'),
    libraries: namedValues(z.string().max(200)).default({}).describe('versions by name'),
    params: namedValues(hyperparameter).default({}).describe('hyperparameters'),
    metrics: namedValues(z.number()).default({}).describe('as the trainer measured them'),
    package: identifier.nullable().default(null).describe('digest of a stored package; null: the run failed'),
    failure: reason.nullable().default(null).describe('why there is no package'),
    startedAt: time,
    endedAt: time,
    change: z
      .enum(CHANGES)
      .nullable()
      .default(null)
      .describe('what the version is; null: what has changed says it'),
    reason: words,
    requestedBy: identifier.optional(),
  })
  .superRefine(({ package: digest, failure, runId, model, startedAt, endedAt }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((digest === null) === (failure === null)) {
      refuse('package', 'or failure must be given: a run ends with one of the two');
    }
    if (/^-r\d+$/.test(runId.slice(model.length)) && runId.startsWith(model)) {
      refuse('runId', `is of the form ${model}-r1, which is for runs of epochlog: give another`);
    }
    if (startedAt !== null && endedAt !== null && Date.parse(endedAt) < Date.parse(startedAt)) {
      refuse('endedAt', 'is before startedAt');
    }
  });
