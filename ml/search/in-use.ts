import type { Parameters } from '../engines/engine.ts';
import type { Domain, Value } from './domain.ts';
import { nearestValue } from './domain.ts';
import { isActive, type Space, type Values } from './space.ts';

/**
 * The parameters that are in use, as values of a space: a search that tries them first ends with none that are worse.
 *
 * @param parameters all of the engine, see `completeParameters`
 * @returns undefined when one of them is not in the space
 */
export function valuesInUse(space: Space, parameters: Parameters): Values | undefined {
  const values: Record<string, Value> = {};
  for (const { name, domain, ...parameter } of space) {
    if (!isActive({ name, domain, ...parameter }, values)) continue;
    const value = parameters[name];
    if (!isOf(domain, value)) return undefined;
    values[name] = value;
  }
  return values;
}

function isOf(domain: Domain, value: Parameters[string] | undefined): value is Value {
  if (domain.type === 'categorical') return domain.choices.some((choice) => choice === value);
  return typeof value === 'number' && Math.abs(nearestValue(domain, value) - value) <= 1e-9 * Math.abs(value);
}
