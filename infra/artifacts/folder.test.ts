import { expect, test } from 'vitest';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { seededRandom } from '../../ml/random.ts';
import { diskWith, type SimulatedDisk } from '../../test/harness/simulated-disk.ts';
import { digestOf, isDigest } from './digest.ts';
import { openFolder } from './folder.ts';

const ROOT = '/home/artifacts';
const SEEDS = 10;
const CONTENTS = Array.from({ length: 5 }, (_, i) => Buffer.alloc(10 + 100 * i, `content ${i}`));

/** Stores all contents, the first one twice, two of them at once. Returns what was acknowledged. */
async function storeAll(store: ArtifactStore): Promise<Buffer[]> {
  const acknowledged: Buffer[] = [];
  const put = async (content: Buffer) => {
    await store.put(content);
    acknowledged.push(content);
  };
  const [first, second, third, ...others] = CONTENTS;
  const parts = [[first], [second, third], [first], ...others.map((content) => [content])];
  for (const contents of parts) await Promise.allSettled(contents.map((content) => put(content!)));
  return acknowledged;
}

/** How many operations of the disk that is. */
async function operationsOfAll(): Promise<number> {
  const disk = diskWith(ROOT);
  expect(await storeAll(await openFolder(ROOT, disk))).toHaveLength(CONTENTS.length + 1);
  return disk.operations;
}

/** The files whose names are digests of other content, and those whose names are no digests. */
function oddFiles(disk: SimulatedDisk): { false: string[]; drafts: string[] } {
  const files = [...disk.files()].map(([path, content]) => ({
    path,
    content,
    name: path.split('/').at(-1)!,
  }));
  const isNamed = ({ name }: { name: string }) => isDigest(`sha256:${name}`);
  return {
    false: files
      .filter((file) => isNamed(file) && digestOf(file.content) !== `sha256:${file.name}`)
      .map(({ path }) => path),
    drafts: files.filter((file) => !isNamed(file)).map(({ path }) => path),
  };
}

test('a power failure at any operation loses nothing that was acknowledged, and leaves no half of an artifact', async () => {
  const operations = await operationsOfAll();
  for (let at = 0; at <= operations; at++) {
    const disk = diskWith(ROOT, (operation) => (operation === at ? 'power' : undefined));
    const acknowledged = await storeAll(await openFolder(ROOT, disk));
    for (let seed = 0; seed < SEEDS; seed++) {
      const after = disk.afterPowerFailure(seededRandom(seed));
      const store = await openFolder(ROOT, after);
      for (const content of acknowledged)
        expect(content.equals(await store.get(digestOf(content)))).toBe(true);
      expect(oddFiles(after).false).toEqual([]);
      expect(await storeAll(store)).toHaveLength(CONTENTS.length + 1);
    }
  }
});

test.each(['ENOSPC', 'EIO'] as const)(
  'an operation that fails with %s fails what it is part of, and leaves nothing; again, it succeeds',
  async (fault) => {
    const operations = await operationsOfAll();
    for (let at = 0; at < operations; at++) {
      const disk = diskWith(ROOT, (operation) => (operation === at ? fault : undefined));
      const store = await openFolder(ROOT, disk);
      const acknowledged = await storeAll(store);
      for (const content of acknowledged)
        expect(content.equals(await store.get(digestOf(content)))).toBe(true);
      expect(oddFiles(disk)).toEqual({ false: [], drafts: [] });
      expect(await storeAll(await openFolder(ROOT, disk))).toHaveLength(CONTENTS.length + 1);
      const after = await openFolder(ROOT, disk.afterPowerFailure(seededRandom(at)));
      for (const content of CONTENTS) await after.check(digestOf(content));
    }
  },
);
