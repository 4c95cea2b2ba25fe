import { EpochlogError, messageOf } from '../kernel/errors.ts';
import { isUnreadable } from '../ml/dataset/read.ts';

const ADVICE = 'restore the artifacts from a backup, or seal another dataset: epochlog dataset seal';

/**
 * What reading the file of a dataset threw, as an error of the table that names the dataset and says what to do:
 * ARTIFACT_MISSING, ARTIFACT_CORRUPT. Any other error is returned as it is.
 *
 * @param datasets one, or several that are read together
 */
export function datasetError(error: unknown, ...datasets: readonly string[]): unknown {
  const which = `the file of dataset ${datasets.join(' or ')}`;
  if (isUnreadable(error))
    return new EpochlogError('ARTIFACT_CORRUPT', `${which} cannot be read: ${error.message}; ${ADVICE}`, {
      cause: error,
    });
  if (!(error instanceof EpochlogError)) return error;
  if (error.code !== 'ARTIFACT_MISSING' && error.code !== 'ARTIFACT_CORRUPT') return error;
  const fault = error.code === 'ARTIFACT_MISSING' ? 'is gone' : 'is damaged';
  return new EpochlogError(error.code, `${which} ${fault}: ${messageOf(error)}. Else ${ADVICE}`, {
    cause: error,
  });
}
