import { deciderService } from '../../schemas/catalogue.ts';
import { LABEL_FACTS } from '../../schemas/labels/labels.ts';
import { loadTasks } from '../../tasks/load.ts';
import { curator } from './decider.ts';
import { LABEL_REQUESTS } from './labels.ts';

const shipped = await loadTasks();

/** Decides of each record whether it may be learnt from, and records the labels that people give. */
export const service = deciderService({
  name: 'curator',
  reactsTo: ['RecordIngested', ...LABEL_REQUESTS],
  stateFrom: ['TaskDeclared', 'SampleAccepted', 'SampleDeduplicated', 'SampleRejected', ...LABEL_FACTS],
  decider: () => curator(shipped),
});
