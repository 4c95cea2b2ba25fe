import type { Adapter } from './adapters/adapter.ts';
import { InvalidInput } from './errors.ts';
import { modulesIn } from './folder.ts';

/** Every file of the folder, but for the interface, is an adapter by the name of the file. */
const adapters = await modulesIn<{ adapter: Adapter }>('adapters', 'adapter');

/** @throws InvalidInput `adapter` when there is none of that name; it says which there are */
export function adapterNamed(name: string): Adapter {
  const found = adapters.get(name);
  if (found) return found.adapter;
  throw new InvalidInput(
    'adapter',
    `there is no adapter '${name}'; there are: ${[...adapters.keys()].join(', ')}`,
  );
}
