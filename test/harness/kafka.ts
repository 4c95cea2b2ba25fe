import type { TestProject } from 'vitest/node';
import { startCluster } from './cluster/cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** addresses of the brokers that all tests share */
    brokers: string[];
    /** base URL of the schema registry that all tests share */
    registryUrl: string;
  }
}

/** Starts what the tests of the cluster share: one broker and a schema registry. A test that harms them starts its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ registry: true });
  project.provide('brokers', cluster.brokers);
  project.provide('registryUrl', cluster.registryUrl);
  return () => cluster.close();
}
