import { EpochlogError } from '../../kernel/errors.ts';
import { rollingNames } from '../../ml/dataset/rolling.ts';
import { declaredModels, declaredTasks } from '../../operations/declared.ts';
import type { EventReader, Publisher } from '../../schemas/catalogue.ts';
import { declaredModel } from '../../tasks/models.ts';
import { taskNamed } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { declareModel, modelNamed } from '../declare.ts';
import { readTextFile } from '../input-file.ts';

/** The model that a lifecycle is of, and how to declare it. */
export interface LifecycleModel {
  readonly model: string;
  readonly task: Task;
  /** declares it as its file says, unless it is declared so already */
  declare(log: { events: EventReader; publisher: Publisher }): Promise<void>;
}

/** Where declarations are looked for. */
type Declarations = Pick<EventReader, 'scan'>;

/** The log of a home that does not exist yet. */
export const NOTHING_DECLARED: Declarations = { async *scan() {} };

/** The model of a name or of a YAML file. NOT_FOUND, INPUT_INVALID or TASK_UNKNOWN when there is none that can be trained. */
export async function modelFor(events: Declarations, nameOrFile: string): Promise<LifecycleModel> {
  const isFile = /\.ya?ml$/.test(nameOrFile);
  const model = isFile
    ? declaredModel(nameOrFile, await readTextFile(nameOrFile))
    : await modelNamed(events, nameOrFile);
  const [computed] = model.features.flatMap(({ rolling }) => rollingNames(rolling));
  if (computed !== undefined)
    throw new EpochlogError(
      'INPUT_INVALID',
      `${model.model} expects ${computed} with each prediction, and records of a file do not have it: leave 'features' out of the model file, or train and predict by yourself`,
    );
  return {
    model: model.model,
    task: taskNamed(await declaredTasks(events), model.task),
    async declare(log) {
      const declared = (await declaredModels(log.events)).get(model.model);
      if (declared?.version !== model.version) await declareModel(log, model, 'lifecycle');
    },
  };
}
