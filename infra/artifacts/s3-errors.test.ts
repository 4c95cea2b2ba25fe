import { S3ServiceException } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { isNoSuchKey, s3Error } from './s3-errors.ts';

const answer = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, message: 'what happened', $fault: 'client', $metadata: { httpStatusCode } });
const named = (name: string) => Object.assign(new Error('what happened'), { name });
const refused = new AggregateError([], ''); // what Node throws for a name with two addresses
const place = { name: 's3://papers', refusal: 'CONFIG_INVALID' } as const;

test.each([
  ['a name that leads nowhere', Object.assign(refused, { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['silence', named('TimeoutError'), 'what happened'],
  ['a page that is no answer', new Error('XML parse error\nand more'), 'XML parse error'],
  ['a store in trouble', answer('InternalError', 500), 'InternalError (HTTP 500): what happened'],
  ['haste', answer('SlowDown', 503), 'SlowDown (HTTP 503): what happened'],
  ['too many requests', answer('TooManyRequests', 429), 'TooManyRequests (HTTP 429): what happened'],
  ['a slow request', answer('RequestTimeout', 400), 'RequestTimeout (HTTP 400): what happened'],
  ['a conflict', answer('OperationAborted', 409), 'OperationAborted (HTTP 409): what happened'],
])('%s passes', (_, error, text) => {
  expect(s3Error(error, place)).toMatchObject({
    code: 'ARTIFACTS_UNAVAILABLE',
    message: `s3://papers does not answer: ${text}`,
  });
});

test.each([
  ['no credentials', named('CredentialsProviderError'), /AWS_ACCESS_KEY_ID/],
  ['an expired token', answer('ExpiredToken', 400), /AWS_ACCESS_KEY_ID/],
  ['too few rights', answer('AccessDenied', 403), /s3:ListBucket/],
  ['another region', answer('PermanentRedirect', 301), /EPOCHLOG_S3_REGION/],
  ['another kind of server', answer('NotImplemented', 501), /EPOCHLOG_S3_ENDPOINT/],
])('%s is for a person to mend', (_, error, advice) => {
  const message = expect.stringMatching(advice);
  expect(s3Error(error, place)).toMatchObject({ code: 'CONFIG_INVALID', message });
  expect(s3Error(error, { ...place, refusal: 'ARTIFACTS_UNAVAILABLE' })).toMatchObject({
    retriable: true,
    message,
  });
});

test('an error of the table stays as it is', () => {
  const error = new EpochlogError('ARTIFACT_MISSING', 'gone');
  expect(s3Error(error, place)).toBe(error);
});

test('a missing bucket is no missing object', () => {
  expect(isNoSuchKey(answer('NoSuchKey', 404))).toBe(true);
  expect(isNoSuchKey(answer('NotFound', 404))).toBe(true); // to HEAD
  expect(isNoSuchKey(answer('NoSuchBucket', 404))).toBe(false);
});
