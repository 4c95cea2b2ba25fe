import { deserialize, serialize } from 'node:v8';

/**
 * A value of a map as a column of its row: JSON where that says all of it, as of most values, else a structured clone. Each
 * `serialize` of an object keeps 8 kB of native memory until the next garbage collection, which knows nothing of them: tens of
 * thousands in one save took 230 MB, which malloc did not give back.
 */
export const encodeEntry = (value: unknown): string | Uint8Array =>
  isJson(value) ? JSON.stringify(value) : serialize(value);

export const decodeEntry = (column: unknown): unknown =>
  typeof column === 'string' ? JSON.parse(column) : deserialize(column as Uint8Array);

/** Whether a value without cycles is the same after it was written as JSON and read. */
function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return [...value].every(isJson); // of a hole, undefined
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson);
}
