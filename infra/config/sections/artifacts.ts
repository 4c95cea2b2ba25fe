import { z } from 'zod';
import { httpUrl } from './values.ts';

const BUCKET_URL = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+(?<prefix>[\w!.*'()/-]*?))?\/*$/;

function toBucket(url: string): { bucket: string; prefix: string } {
  const { bucket = '', prefix = '' } = BUCKET_URL.exec(url)?.groups ?? {};
  return { bucket, prefix };
}

/** Artifacts: a bucket, or a folder of the home. */
export const artifacts = {
  artifacts: z
    .string()
    .regex(BUCKET_URL, 'must be s3://bucket or s3://bucket/prefix')
    .transform(toBucket)
    .optional()
    .describe('`s3://bucket/prefix` keeps the artifacts in a bucket; without it they are in the home'),
  s3Endpoint: httpUrl('AWS_ACCESS_KEY_ID')
    .optional()
    .describe("base URL of an S3-compatible store that is not AWS's"),
  s3Region: z
    .string()
    .optional()
    .describe(
      'region of the bucket; by default as the SDK finds it (`AWS_REGION` …), with an endpoint `us-east-1`',
    ),
  s3PathStyle: z
    .stringbool()
    .optional()
    .describe(
      '`true` names the bucket in the path, not in the host name; by default `true` with an endpoint, else `false`',
    ),
};
