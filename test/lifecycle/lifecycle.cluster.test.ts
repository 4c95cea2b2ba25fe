import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalEvents } from '../harness/canonical.ts';
import { answer, epochlog, finished, smallWindows, writeCorpus } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { type PreparedCluster, preparedCluster } from '../harness/prepared.ts';

/** The same lifecycle on the embedded log and on Kafka. */

let folder: TemporaryFolder;
let prepared: PreparedCluster;
let lifecycle: string[];

const home = (name: string) => join(folder.path, name);
const artifacts = (name: string) => globSync('artifacts/**/*', { cwd: home(name) }).sort();

beforeAll(async () => {
  folder = await temporaryFolder('lifecycle-cluster');
  prepared = await preparedCluster();
  await writeCorpus(home('papers.jsonl'), 1_000);
  lifecycle = ['lifecycle', '--data', home('papers.jsonl'), '--cut', '2025-01-01'];
  await smallWindows(home('embedded'));
  await answer(home('embedded'), lifecycle);
  await smallWindows(home('kafka'), prepared.environment);
  await answer(home('kafka'), lifecycle, prepared.environment);
});
afterAll(async () => {
  await prepared?.[Symbol.asyncDispose]();
  await folder.remove();
});

describe('the lifecycle on Kafka', () => {
  test('leaves the same datasets and models, byte for byte', () => {
    const models = artifacts('embedded');
    expect(models.length).toBeGreaterThan(20);
    expect(artifacts('kafka')).toEqual(models); // each is named by its digest
  });

  test('equals the embedded one, event for event', async () => {
    const embedded = await canonicalEvents(home('embedded'));
    const kafka = await canonicalEvents(home('kafka'), prepared.environment);
    expect(embedded.length).toBeGreaterThan(2_000);
    expect(kafka).toEqual(embedded);
  });

  test('leaves projections that equal their rebuild from the log', async () => {
    const report = await answer(home('kafka'), ['verify'], prepared.environment);
    expect(report).toMatchObject({ verified: true, log: { faults: 0 } });
  });

  test('run again, adds nothing', async () => {
    const events = async () => (await canonicalEvents(home('kafka'), prepared.environment)).length;
    const before = await events();
    await answer(home('kafka'), lifecycle, prepared.environment);
    expect(await events()).toBe(before);
  });

  test('a home holds no log of its own', async () => {
    const { code, stderr } = await finished(epochlog(home('kafka'), ['history']));
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('NOT_FOUND') });
  });
});
