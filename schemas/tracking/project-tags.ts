/**
 * Tags by which an experiment of a tracking client, a project here, says what it is for. The description is where MLflow's pages show
 * it.
 */
export const PROJECT_TAGS = {
  description: 'mlflow.note.content',
  owner: 'owner',
  purpose: 'purpose',
  priority: 'priority',
  /** template of the names of runs that are begun without one */
  runName: 'epochlog.run_name',
} as const;

/** Fields of that template. */
export const RUN_NAME_FIELDS = ['project', 'user', 'date', 'number', 'run'] as const;
