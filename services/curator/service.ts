import { deciderService } from '../../kernel/service.ts';
import { curator } from './decider.ts';
import { settings } from './settings.ts';

/** Says of each paper what becomes of it as training material. */
export const service = deciderService({
  name: 'curator',
  settings,
  reactsTo: ['PaperIngested'],
  stateFrom: ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'],
  decider: curator,
});
