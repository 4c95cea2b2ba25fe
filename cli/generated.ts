import { EpochlogError } from '../kernel/errors.ts';

/** Records that the generator of a task makes, as a file of JSON lines. INPUT_INVALID for a task without a generator. */
export async function generatedRecords(task: string, rows?: number) {
  const { loadGenerator } = await import('../tasks/load.ts');
  const generate = await loadGenerator(task);
  if (!generate) {
    throw new EpochlogError('INPUT_INVALID', `there is no generator of the task '${task}': give a file`);
  }
  const lines = Array.from(generate(rows === undefined ? {} : { rows }), (row) => `${JSON.stringify(row)}\n`);
  return { name: `generated ${task}`, bytes: Buffer.from(lines.join('')), generated: true };
}
