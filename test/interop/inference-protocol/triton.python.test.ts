import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { putBundle } from '../../../kernel/bundle.ts';
import { startPredictor } from '../../harness/predictor.ts';
import { toyPackage } from '../../harness/toy-package.ts';
import { pythonWith } from '../python.ts';

const here = (file: string) => join(import.meta.dirname, file);

test("Triton's client asks a model, its metadata and its readiness, and understands an error", async () => {
  const python = await pythonWith(here('requirements.txt'));
  await using predictor = await startPredictor();
  const { app, services } = predictor;
  await predictor.promote('v1.0.0', await putBundle(services.artifacts, await toyPackage(1)));
  await services.host.settled();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const { stdout } = await promisify(execFile)(python, [here('infer.py'), `127.0.0.1:${port}`, 'toy']);
  expect(JSON.parse(stdout)).toEqual({
    ...{ live: true, ready: true, modelReady: [true, false], server: 'epochlog', id: 'mine' },
    inputs: expect.arrayContaining([{ name: 'title', datatype: 'BYTES', shape: [-1] }]),
    labels: ['birds', 'boats'],
    shape: [2, 3],
    error: { status: '400', message: expect.stringContaining("did you mean 'title'?") },
  });
});
