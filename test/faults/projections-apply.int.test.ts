import { expect, test } from 'vitest';
import { applyProjections } from '../../cli/projections.ts';
import { readConfig } from '../../infra/config/config.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { temporaryWarehouse } from '../../infra/warehouse/testing/temporary.ts';
import { service as projector } from '../../services/projector/service.ts';
import { eventually } from '../harness/eventually.ts';
import { failing } from '../harness/faults.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { mixedEvent, rowsAfter } from '../harness/mixed-events.ts';
import { migrationsOf, projectionsWithout, rowsOf } from '../harness/projections.ts';
import { startServices } from '../harness/services.ts';

test('a projection that is added after the projector was killed in a batch has the events of that batch once', async () => {
  await using folder = await temporaryFolder('added');
  await using before = await projectionsWithout('drift');
  await using under = await temporaryWarehouse();
  const { warehouse } = under;
  await migrate(warehouse, before.path);
  const options = { warehouse, home: folder.path };
  {
    const faults = { beforeCommit: failing(Infinity, new Error('killed before it commits')) };
    await using services = await startServices([projector], { ...options, faults });
    await services.log.append(Array.from({ length: 20 }, (_, i) => services.codec.encode(mixedEvent(i))));
    await eventually(async () => services.host.failed.aborted || undefined);
    const { events } = services;
    expect(await applyProjections(readConfig({}, {}), { warehouse, events })).toEqual(
      await migrationsOf('drift'),
    );
  }
  await using services = await startServices([projector], options);
  await services.host.settled();
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(20));
});
