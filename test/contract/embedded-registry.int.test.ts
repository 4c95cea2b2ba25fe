import { openEmbeddedRegistry } from '../harness/registry.ts';
import { schemaRegistryContract } from './schema-registry.ts';

schemaRegistryContract('the embedded registry', openEmbeddedRegistry);
