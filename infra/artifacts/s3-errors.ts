import { S3ServiceException } from '@aws-sdk/client-s3';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';

/** Where a store lies, and what its refusal is. */
export interface S3Place {
  /** as messages name it */
  name: string;
  /** CONFIG_INVALID as long as nothing has ever worked; what worked once is waited for */
  refusal: 'CONFIG_INVALID' | 'ARTIFACTS_UNAVAILABLE';
}

const NO_CREDENTIALS = 'CredentialsProviderError';
const CHECK_CREDENTIALS = 'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in AWS_PROFILE';
const CHECK_REGION = 'set EPOCHLOG_S3_REGION to the region of the bucket';

/** What to do about a refusal, by its name in the S3 API. */
const ADVICE: Readonly<Record<string, string>> = {
  [NO_CREDENTIALS]: CHECK_CREDENTIALS,
  ExpiredToken: CHECK_CREDENTIALS,
  InvalidAccessKeyId: CHECK_CREDENTIALS,
  InvalidToken: CHECK_CREDENTIALS,
  SignatureDoesNotMatch: CHECK_CREDENTIALS,
  AccessDenied: 'allow the credentials s3:GetObject, s3:PutObject and s3:ListBucket',
  NoSuchBucket: 'create the bucket, or name another in EPOCHLOG_ARTIFACTS',
  AuthorizationHeaderMalformed: CHECK_REGION,
  PermanentRedirect: CHECK_REGION,
};
const CHECK_ALL = 'check EPOCHLOG_ARTIFACTS, EPOCHLOG_S3_ENDPOINT, EPOCHLOG_S3_REGION and the credentials';

const NOT_IMPLEMENTED = 501;
/** Answers of the 4xx that pass by themselves: OperationAborted is a 409, SlowDown a 429 or 503 … */
const PASSING: ReadonlySet<number> = new Set([408, 409, 429]);
/** … and this one a 400. */
const REQUEST_TIMEOUT = 'RequestTimeout';

/**
 * What an error of the SDK means. Only an answer that is no fault of the store's is a refusal; all else is a matter
 * of the connection, hence retriable. The error itself is left out: it holds the signed request.
 */
export function s3Error(error: unknown, { name, refusal }: S3Place): EpochlogError {
  if (error instanceof EpochlogError) return error;
  return isRefusal(error)
    ? new EpochlogError(refusal, `${name} refuses: ${textOf(error)}; ${ADVICE[error.name] ?? CHECK_ALL}`)
    : new EpochlogError('ARTIFACTS_UNAVAILABLE', `${name} does not answer: ${textOf(error)}`);
}

/** Nothing is stored under the key that was asked for. */
export const isNoSuchKey = (error: unknown): boolean =>
  statusOf(error) === 404 && !(error instanceof Error && error.name === 'NoSuchBucket');

function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.name === NO_CREDENTIALS) return true;
  if (error.name === REQUEST_TIMEOUT) return false;
  const status = statusOf(error);
  return status === NOT_IMPLEMENTED || (status !== undefined && status < 500 && !PASSING.has(status));
}

/** The HTTP status of the answer; undefined when there was none that the SDK could read. */
const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** In one line; an answer to HEAD has no text, and only a code says why a name with two addresses was not reached. */
function textOf(error: unknown): string {
  const [text] = messageOf(error).split('\n');
  const status = statusOf(error);
  if (status === undefined) return text || systemCodeOf(error) || String(error);
  return error instanceof Error ? `${error.name} (HTTP ${status}): ${text}` : String(text);
}
