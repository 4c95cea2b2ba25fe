import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { tarOf } from './tar.ts';

const files = new Map([
  ['SHA256SUMS', Buffer.from('sums\n')],
  ['empty', Buffer.alloc(0)],
  ['model.onnx', Buffer.alloc(1_024, 'x')],
]);

test('tar reads the archive', () => {
  const input = tarOf(files);
  expect(execFileSync('tar', ['tf', '-'], { input, encoding: 'utf8' }).trim().split('\n')).toEqual([
    ...files.keys(),
  ]);
  expect(execFileSync('tar', ['xOf', '-', 'model.onnx'], { input })).toEqual(files.get('model.onnx'));
  expect(tarOf(files).equals(input)).toBe(true);
});
