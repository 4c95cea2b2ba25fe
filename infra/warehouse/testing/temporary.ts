import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { NO_LOGGER } from '../../../kernel/logger.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { type EngineProcess, startEngine } from '../embedded/start.ts';
import { openClickHouse } from '../open.ts';

/** A folder of files, by path; `await using` removes it. */
export async function temporaryFolder(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'epochlog-warehouse-'));
  const folder: Folder = {
    path,
    async write(file, text) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  for (const [file, text] of Object.entries(files)) await folder.write(file, text);
  return folder;
}

export interface Folder extends AsyncDisposable {
  path: string;
  write(file: string, text: string): Promise<void>;
}

/** An embedded engine on a new directory, or on one that was there; `await using` stops it. */
export async function temporaryWarehouse(directory?: string): Promise<WarehouseUnderTest> {
  await using stack = new AsyncDisposableStack();
  const folder = directory ?? stack.use(await temporaryFolder()).path;
  const engine = await startEngine(folder, NO_LOGGER);
  stack.defer(() => engine.stop());
  const warehouse = await openClickHouse(engine, 'epochlog_test');
  stack.defer(() => warehouse.close());
  const owned = stack.move();
  return { warehouse, engine, directory: folder, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export interface WarehouseUnderTest extends AsyncDisposable {
  warehouse: Warehouse;
  engine: EngineProcess;
  directory: string;
}

/** A row of the table `events`; `offset` makes it its own. */
export const eventRow = (offset: number, type: string, data: object) => ({
  topic: 'epochlog.test',
  partition: 0,
  offset,
  id: `event-${offset}`,
  type,
  stream: 'test',
  subject: `subject-${offset % 7}`,
  source: 'test',
  time: 1_700_000_000_000 + offset,
  sequence: offset,
  correlation_id: 'correlation',
  causation_id: null,
  data: JSON.stringify(data),
});
