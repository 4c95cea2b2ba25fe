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

/** Starts the broker and the schema registry that all cluster tests share. A test that stops them starts its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ registry: true });
  project.provide('brokers', cluster.brokers);
  project.provide('registryUrl', cluster.registryUrl);
  return () => cluster.close();
}
