import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { identifier, LIMITS, namedValues, value } from '../../kernel/texts.ts';

const MAX_RECORDS = 10_000;

export const digest = z
  .string()
  .max(LIMITS.identifier)
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits, as POST /v1/artifacts answers');

const scalar = z.union([value, z.number(), z.boolean(), z.null()]);
const record = namedValues(z.union([scalar, z.array(scalar).max(LIMITS.entries)]), LIMITS.entries);

/** Records that come with a request: in its body, or in a file that was uploaded before. */
export const uploadedRecords = {
  records: z
    .array(record)
    .min(1)
    .max(MAX_RECORDS)
    .optional()
    .describe(`the records themselves, each an object by column, at most ${MAX_RECORDS}`),
  file: digest
    .optional()
    .describe(
      'or the digest of an uploaded file (POST /v1/artifacts): Parquet, JSON lines or CSV, plain or compressed (gzip, zstd)',
    ),
  fileName: identifier.default('upload').describe('what people call the file'),
};

interface Uploaded {
  records?: readonly object[] | undefined;
  file?: string | undefined;
  fileName: string;
}

/**
 * The artifact with the records of a request, and its name for people. INPUT_INVALID unless they are given in one of the two
 * ways, NOT_FOUND for a file that was not uploaded.
 */
export async function uploadOf(
  { records, file, fileName }: Uploaded,
  artifacts: ArtifactStore,
  where = 'body',
): Promise<{ digest: string; name: string }> {
  if ((records === undefined) === (file === undefined)) {
    throw new EpochlogError('INPUT_INVALID', `${where}: give "records", or a "file", and not both`);
  }
  if (records) {
    const lines = records.map((fields) => JSON.stringify(fields)).join('\n');
    return { digest: await artifacts.put(Buffer.from(`${lines}\n`)), name: 'records.jsonl' };
  }
  if (file !== undefined && (await artifacts.has(file))) return { digest: file, name: fileName };
  throw new EpochlogError(
    'NOT_FOUND',
    `there is no artifact ${file}: upload the file with POST /v1/artifacts, which answers with its digest`,
  );
}
