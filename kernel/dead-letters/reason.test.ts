import { expect, test } from 'vitest';
import { reasonOf } from './reason.ts';

const told = (message: string) => reasonOf(new Error(message));

test.each([
  ['no source sha256:0 in s3://papers/raw', 'no source sha256:0 in s3://papers/raw'],
  ['http://ada:hunter2@127.0.0.1:8123/ is not there', 'http://***@127.0.0.1:8123/ is not there'],
  ['kafka://grace@broker:9092: refused', 'kafka://***@broker:9092: refused'],
  ['the server said: Bearer abc.def-123 is too old', 'the server said: Bearer *** is too old'],
  ['Authorization: Basic YWRhOmh1bnRlcjI= was refused', 'Authorization: Basic *** was refused'],
  ['{"authorization": "Bearer abc"}', '{"authorization": "Bearer ***"}'],
  ['GET /x?X-Amz-Signature=0af1&part=2 failed', 'GET /x?X-Amz-Signature=***&part=2 failed'],
  ['EPOCHLOG_TOKEN=abcdef, user=ada', 'EPOCHLOG_TOKEN=***, user=ada'],
  ['{"password": "hunter2", "user": "ada"}', '{"password": "***", "user": "ada"}'],
  ["Unexpected token '<' in JSON", "Unexpected token '<' in JSON"],
])('the message %j becomes %j', (message, expected) => {
  expect(told(message)).toBe(expected);
});

test('a long message is cut, between characters', () => {
  expect(told('x'.repeat(2_000))).toBe('x'.repeat(2_000));
  const message = `${'x'.repeat(1_999)}${'🙂'.repeat(1_000_000)}`;
  expect(told(message)).toBe(`${'x'.repeat(1_999)}\u{fffd}… (cut: it was 2001999 characters)`);
});

test('a secret at the cut is removed', () => {
  const secret = 'token=abcdefghijklmnopqrstuvwxyz'.padEnd(40);
  const message = `${secret.repeat(99)}http://ada:hunter2${'x'.repeat(30)}@127.0.0.1/ is not there${' '.repeat(99)}`;
  expect(message.indexOf('@')).toBeGreaterThan(4_000);
  expect(told(message)).toContain('token=***');
  expect(told(message)).not.toContain('hunter2');
});

test.each(['a-', 'token ', 'token:', 'http://', 'Bearer ', ' '])(
  '%j repeated does not take for ever',
  (text) => {
    expect(told(text.repeat(500_000)).length).toBeLessThan(2_100);
  },
);
