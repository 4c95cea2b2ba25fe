import { engineNames } from '../../ml/engines.ts';
import { engineContract } from './engine.ts';

for (const name of engineNames()) engineContract(name);
