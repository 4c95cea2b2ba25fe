import { openEmbeddedRegistry } from '../harness/registry.ts';
import { oldAndNewContract } from './old-and-new.ts';

oldAndNewContract('the embedded registry', openEmbeddedRegistry);
