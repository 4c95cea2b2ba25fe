import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { startEngine } from '../../infra/warehouse/embedded/start.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { lagOf } from '../../kernel/runtime/lag.ts';
import type { Store } from '../../operations/session.ts';
import { CATALOGUE } from '../../schemas/catalogue.ts';
import { service as projector } from '../../services/projector/service.ts';
import { startChild } from '../harness/child.ts';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { mixedEvent, rowsAfter } from '../harness/mixed-events.ts';
import { rowsOf } from '../harness/projections.ts';
import { DATABASE } from './projector-child.ts';

const ROUNDS = 4;
const SCRIPT = new URL('./projector-child.ts', import.meta.url);
const PROJECTIONS = join(import.meta.dirname, '../../projections');
const silent = { debug() {}, info() {}, warn() {}, error() {} };

test.each([
  ['and of its engine with it', 'own'],
  ['while the engine goes on', 'shared'],
])(
  `kill -9 of the projector %s, ${ROUNDS} times: every event is in every projection exactly once`,
  async (_name, whose) => {
    await using folder = await temporaryFolder('projector');
    await using stack = new AsyncDisposableStack();
    const store = await openStore(readConfig({ home: folder.path }, {}), 'test');
    stack.defer(() => store.close());
    const engineFolder = join(folder.path, 'warehouse');
    const engine = await startEngine(engineFolder, silent);
    const warehouse = await openClickHouse(engine, DATABASE);
    await migrate(warehouse, PROJECTIONS);
    if (whose === 'own') await engine.stop();

    let count = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      const child = startChild(SCRIPT, [folder.path, whose, engineFolder]);
      await child.reported(1);
      for (let batch = 0; batch < 4; batch++) {
        count = await appendSome(store, count);
        await eventually(async () => ((await behind(store)) < 100 ? true : undefined));
      }
      if (round === ROUNDS) await eventually(async () => ((await behind(store)) === 0 ? true : undefined));
      else await sleep(Math.random() * 100); // anywhere within an insert
      await child.kill();
    }

    await using after = whose === 'own' ? await reopened(engineFolder) : { warehouse, ...closing(engine) };
    expect(await rowsOf(after.warehouse)).toEqual(rowsAfter(count));
    await warehouse.close();
  },
);

async function appendSome({ log, codec }: Store, from: number): Promise<number> {
  const events = Array.from({ length: 1 + Math.floor(Math.random() * 80) }, (_, i) => mixedEvent(from + i));
  await log.append(events.map(codec.encode));
  return from + events.length;
}

const behind = async ({ log }: Store): Promise<number> =>
  (await lagOf([projector], log, CATALOGUE)).get('projector') ?? 0;

const closing = (engine: { stop(): Promise<void> }): AsyncDisposable => ({
  [Symbol.asyncDispose]: () => engine.stop(),
});

async function reopened(directory: string) {
  const engine = await startEngine(directory, silent);
  return { warehouse: await openClickHouse(engine, DATABASE), ...closing(engine) };
}
