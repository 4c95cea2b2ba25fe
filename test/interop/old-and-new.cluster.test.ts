import { inject } from 'vitest';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import { oldAndNewContract } from './old-and-new.ts';

oldAndNewContract('the Confluent registry', async () => {
  const open = () => new ConfluentRegistry({ url: inject('registryUrl'), register: true });
  return { registry: open(), another: open, close: async () => {} };
});
