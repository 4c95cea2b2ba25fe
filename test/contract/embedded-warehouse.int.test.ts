import { temporaryWarehouse } from '../../infra/warehouse/testing/temporary.ts';
import { warehouseContract } from './warehouse.ts';

warehouseContract('the embedded engine', async () => {
  const under = await temporaryWarehouse();
  return { warehouse: under.warehouse, close: () => under[Symbol.asyncDispose]() };
});
