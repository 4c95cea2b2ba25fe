import { temporaryWarehouse } from '../../infra/warehouse/testing/temporary.ts';
import { type EmptyProjections, emptyProjections } from './projections.ts';

let shared: Promise<() => Promise<EmptyProjections>> | undefined;

/**
 * An empty database with all projections, on an engine that all test files of this process share; `await using` gives it
 * back. To start an engine and migrate it takes two seconds of a core. A test that kills its engine, or changes tables, has
 * one of its own.
 */
export async function sharedProjections(): Promise<EmptyProjections> {
  shared ??= start();
  return (await shared)();
}

/** The engine ends with this process, and its folder goes with that of the run (test/harness/temporary-root.ts). */
async function start(): Promise<() => Promise<EmptyProjections>> {
  return emptyProjections((await temporaryWarehouse()).warehouse);
}
