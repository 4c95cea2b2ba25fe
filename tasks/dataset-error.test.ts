import { expect, test } from 'vitest';
import { EpochlogError } from '../kernel/errors.ts';
import { decodeDataset } from '../ml/dataset/read.ts';
import { InvalidInput } from '../ml/errors.ts';
import { datasetError } from './dataset-error.ts';

test('a dataset whose file cannot be read is named, with what to do; other errors stay as they are', async () => {
  const unread = await decodeDataset(Buffer.from('no dataset')).catch((error) => error);
  expect(datasetError(unread, 'a', 'b')).toMatchObject({
    code: 'ARTIFACT_CORRUPT',
    message: expect.stringMatching(/^the file of dataset a or b cannot be read: .*; restore .* seal another/),
  });
  const gone = new EpochlogError('ARTIFACT_MISSING', 'no artifact sha256:0 in a folder');
  expect(datasetError(gone, 'a')).toMatchObject({
    code: 'ARTIFACT_MISSING',
    message: expect.stringMatching(
      /^the file of dataset a is gone: no artifact sha256:0 in a folder\. .*restore/,
    ),
  });
  for (const other of [new Error('x'), new InvalidInput('folds', 'x'), new EpochlogError('DISK_FULL', 'x')])
    expect(datasetError(other, 'a')).toBe(other);
});
