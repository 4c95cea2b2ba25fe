import { declaredModels, declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
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
  declare(): Promise<void>;
}

/** The model of a name or of a YAML file. NOT_FOUND, INPUT_INVALID or TASK_UNKNOWN when there is none that can be trained. */
export async function modelFor(session: Session, nameOrFile: string): Promise<LifecycleModel> {
  const isFile = /\.ya?ml$/.test(nameOrFile);
  const model = isFile
    ? declaredModel(nameOrFile, await readTextFile(nameOrFile))
    : await modelNamed(session.events, nameOrFile);
  return {
    model: model.model,
    task: taskNamed(await declaredTasks(session.events), model.task),
    async declare() {
      const declared = (await declaredModels(session.events)).get(model.model);
      if (declared?.version !== model.version) await declareModel(session, model, 'lifecycle');
    },
  };
}
