import { createHash, randomBytes } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ArtifactStore, MIN_AGE_MS } from '../../kernel/ports/artifacts.ts';

/** A store under test, alone in its place. */
export interface OpenedStore {
  store: ArtifactStore;
  /** changes what is stored under a digest, behind the store's back */
  damage(digest: string): Promise<void>;
  /** makes it as if it had been stored an hour ago */
  age(digest: string): Promise<void>;
  /** removes what it has stored */
  destroy(): Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Makes a file an hour older. */
export async function aged(path: string): Promise<void> {
  const then = new Date(Date.now() - 3_600_000);
  await utimes(path, then, then);
}

const nowhere = `sha256:${'0'.repeat(64)}`;

/** What every artifact store has to keep, whatever keeps the bytes. */
export function artifactStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} is an artifact store`, () => {
    let opened: OpenedStore;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.destroy());

    test('the address is the SHA-256 of the content', async () => {
      const digest = await opened.store.put(bytesOf('abc')); // FIPS 180-2, appendix B.1
      expect(digest).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    });

    test.each([
      ['nothing', new Uint8Array(0)],
      ['every byte', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
      ['part of a larger buffer', randomBytes(1_000).subarray(100, 200)],
      ['5 MB', randomBytes(5_000_000)],
    ])('gives back %s', async (_, bytes) => {
      const digest = await opened.store.put(bytes);
      expect(await opened.store.has(digest)).toBe(true);
      expect(Buffer.compare(await opened.store.get(digest), bytes)).toBe(0);
    });

    test('storing twice, or at the same time, is storing once', async () => {
      const bytes = randomBytes(100_000);
      const digests = await Promise.all(Array.from({ length: 8 }, () => opened.store.put(bytes)));
      expect(new Set([...digests, await opened.store.put(bytes)])).toEqual(
        new Set([`sha256:${createHash('sha256').update(bytes).digest('hex')}`]),
      );
      expect(Buffer.compare(await opened.store.get(digests[0]!), bytes)).toBe(0);
    });

    test('takes and gives bytes part by part, under the same address', async () => {
      const bytes = randomBytes(300_000);
      const parts = [bytes.subarray(0, 1), bytes.subarray(1, 200_000), bytes.subarray(200_000)];
      const content = { stream: () => Readable.from(parts) };
      const digest = await opened.store.put(content);
      expect(digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
      expect(await opened.store.put(content)).toBe(digest);
      const read = await opened.store.open(digest);
      for (let time = 0; time < 2; time++)
        expect(Buffer.compare(Buffer.concat(await Array.fromAsync(read.stream())), bytes)).toBe(0);
    });

    test('what was never stored is missing', async () => {
      expect(await opened.store.has(nowhere)).toBe(false);
      for (const read of ['get', 'open', 'check'] as const)
        await expect(opened.store[read](nowhere)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    });

    test.each([
      '',
      'sha256:',
      'md5:900150983cd24fb0d6963f7d28e17f72',
      `sha256:../../${'0'.repeat(58)}`,
      nowhere.toUpperCase(),
    ])('nothing is stored under %j', async (digest) => {
      expect(await opened.store.has(digest)).toBe(false);
      await expect(opened.store.get(digest)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    });

    test('changed content is refused, until it is stored again', async () => {
      const bytes = randomBytes(10_000);
      const digest = await opened.store.put(bytes);
      await opened.store.check(digest);
      await opened.damage(digest);
      for (const read of ['get', 'open', 'check'] as const)
        await expect(opened.store[read](digest)).rejects.toMatchObject({
          code: 'ARTIFACT_CORRUPT',
          message: expect.stringContaining(digest.slice('sha256:'.length)),
        });
      await opened.store.put(bytes);
      expect(Buffer.compare(await opened.store.get(digest), bytes)).toBe(0);
    });

    test('what is old enough is deleted; what was stored since, also again, stays', async () => {
      const [bytes, other] = [randomBytes(10_000), randomBytes(10_000)];
      const [digest, kept] = [await opened.store.put(bytes), await opened.store.put(other)];
      const before = Date.now() - MIN_AGE_MS;
      expect(await opened.store.delete(digest, before)).toBe(false);
      await opened.age(digest);
      await opened.age(kept);
      await opened.store.put(other);
      expect(await opened.store.delete(kept, before)).toBe(false);
      expect(await opened.store.delete(digest, before)).toBe(true);
      expect(await opened.store.has(digest)).toBe(false);
      await expect(opened.store.get(digest)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
      expect(Buffer.compare(await opened.store.get(kept), other)).toBe(0);
      expect(await opened.store.delete(digest, before)).toBe(false);
      expect(await opened.store.put(bytes)).toBe(digest);
      expect(Buffer.compare(await opened.store.get(digest), bytes)).toBe(0);
    });
  });
}
