import { deciderService } from '../../schemas/catalogue.ts';
import { loadTasks } from '../../tasks/load.ts';
import { curator } from './decider.ts';

const shipped = await loadTasks();

/** Decides of each record whether it may be learnt from. */
export const service = deciderService({
  name: 'curator',
  reactsTo: ['RecordIngested'],
  stateFrom: ['TaskDeclared', 'SampleAccepted', 'SampleDeduplicated', 'SampleRejected'],
  decider: () => curator(shipped),
});
