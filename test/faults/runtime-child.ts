import { once } from 'node:events';
import { inParcels } from '../../kernel/testing/warehouse.ts';
import { report } from '../harness/child.ts';
import { startServices } from '../harness/orders.ts';

/**
 * `node runtime-child.ts HOME PARCELS LAST`: a warehouse that ships so many parcels of an order, and that reports and
 * goes no further before parcel LAST.
 */
const [home = '', parcels, last] = process.argv.slice(2);
const service = inParcels(Number(parcels), async (parcel) => {
  if (parcel < Number(last)) return;
  report({ parcel });
  await once(process.stdin, 'data');
});
await startServices([service], { home });
