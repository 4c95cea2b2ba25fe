import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { exists, IMAGE, read } from './files.ts';

test('the image runs on the Node of the project', () => {
  expect(new Set(IMAGE.bases)).toEqual(new Set([`node:${packageJson.dependencies.node}-bookworm-slim`]));
});

test('nobody is root in it', () => {
  expect(IMAGE.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
});

test('what is copied exists, and nothing else can be: no data, no secret', () => {
  expect(IMAGE.copied.filter((path) => !exists(path))).toEqual([]);
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(patterns[0]).toBe('*');
  const allowed = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  expect(allowed.sort()).toEqual(IMAGE.copied);
  expect(patterns).toContain('**/.env*');
});
