import { expect, test } from 'vitest';
import { diskWith } from '../test/harness/simulated-disk.ts';
import { createFolderDurably, writeDurably } from './files.ts';

test('after a power failure a folder that was created is there, with all above it, and a file is the new or the old one', async () => {
  const disk = diskWith('/data');
  await createFolderDurably('/data/home/log', disk);
  await writeDurably('/data/home/log/file', Buffer.from('old'), '/data/home/log/draft', disk);
  for (const isLost of [false, true]) {
    const after = disk.afterPowerFailure(() => (isLost ? 0 : 1));
    expect(await after.createFolder('/data/home/log')).toBe(false);
    expect(after.files()).toEqual(new Map([['/data/home/log/file', Buffer.from('old')]]));
  }
});
