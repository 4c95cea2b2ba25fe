import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import { ExpectationCheck } from '../../ml/expectations/check.ts';
import { isRefused, toldFinding } from '../../ml/expectations/expectation.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { DatasetRequested } from '../../schemas/events.generated.ts';
import type { Task } from '../../tasks/task.ts';
import type { Splits } from './rows.ts';
import type { SealedCorpus } from './sealed-corpus.ts';

/** What was found, and why no dataset may be sealed where that is so. */
export interface Checked {
  readonly facts: readonly NewEvent[];
  readonly refusal?: EpochlogError;
}

/** Compares all samples with what their task expects of a dataset. A task without expectations costs nothing. */
export async function checkExpectations(
  { datasetId, model }: Pick<DatasetRequested, 'datasetId' | 'model'>,
  { name, version: taskVersion, expectations = [] }: Task,
  corpus: Pick<SealedCorpus, 'samples'>,
  splits: Splits,
): Promise<Checked> {
  if (expectations.length === 0) return { facts: [] };
  const check = new ExpectationCheck(expectations);
  for await (const chunk of corpus.samples(splits)) {
    for (const sample of chunk) check.add(sample);
    await yieldToEventLoop();
  }
  const findings = check.findings();
  const passed = !isRefused(findings);
  const facts = [
    newEvent('ExpectationsChecked', { datasetId, model, task: name, taskVersion, passed, findings }),
  ];
  if (passed) return { facts };
  const broken = findings.filter(({ holds, severity }) => !holds && severity === 'critical').map(toldFinding);
  return {
    facts,
    refusal: new EpochlogError(
      'EXPECTATIONS_BROKEN',
      `${broken.join('; ')}. Correct the records, or the task file`,
    ),
  };
}
