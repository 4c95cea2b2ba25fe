import { existsSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import lock from '../../package-lock.json' with { type: 'json' };
import { epochlog, finished } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { IMAGE, root } from './files.ts';

/** What infra/docker/Dockerfile puts into the image, laid out without building it. */
let image: TemporaryFolder;

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** The packages that are installed for those who only run it, but for those that the image leaves out. */
const packages = Object.entries(lock.packages).flatMap(([path, entry]) => {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
  const isKept = name !== undefined && !('dev' in entry) && !IMAGE.leftOut.some((out) => isWithin(name, out));
  return isKept && existsSync(join(root, path)) ? [path] : [];
});

beforeAll(async () => {
  image = await temporaryFolder('image');
  for (const path of IMAGE.copied) {
    const filter = (source: string) => !source.endsWith('.test.ts');
    await cp(join(root, path), join(image.path, path), { recursive: true, filter });
  }
  for (const path of packages) {
    await mkdir(dirname(join(image.path, path)), { recursive: true });
    await symlink(join(root, path), join(image.path, path));
  }
});
afterAll(() => image.remove());

const run = (...args: string[]) =>
  finished(epochlog(join(image.path, 'home'), args, {}, { project: image.path }));

test('the engine of the embedded warehouse and the Node of the project are left out', () => {
  expect(IMAGE.leftOut).toEqual(['node', 'chdb', '@chdb', 'ffi-rs', '@yuuang']);
  expect(packages.length).toBeGreaterThan(100);
});

test('every command is there', async () => {
  const { code, stdout } = await run('--help');
  expect(stdout).toContain('lifecycle');
  expect(code).toBe(0);
});

test('what needs the embedded warehouse says what to do instead', async () => {
  const { code, stdout } = await run('--json', 'lifecycle');
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'CONFIG_INVALID', message: expect.stringContaining('EPOCHLOG_CLICKHOUSE') },
  });
  expect(code).toBe(2);
});
