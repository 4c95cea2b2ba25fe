import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { openS3 } from '../../infra/artifacts/s3.ts';
import { startS3 } from '../harness/cluster/s3.ts';
import { aged, artifactStoreContract } from './artifact-store.ts';

artifactStoreContract('a bucket', async () => {
  const server = await startS3();
  vi.stubEnv('AWS_ACCESS_KEY_ID', server.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.secretAccessKey);
  const keyOf = (digest: string) => `some/where/sha256/${digest.slice(7, 9)}/${digest.slice(7)}`;
  return {
    store: await openS3({ bucket: server.bucket, prefix: 'some/where', endpoint: server.endpoint }),
    damage: (digest) => truncate(join(server.folder, keyOf(digest)), 100),
    age: (digest) => aged(join(server.folder, keyOf(digest))),
    async destroy() {
      vi.unstubAllEnvs();
      await server[Symbol.asyncDispose]();
    },
  };
});
