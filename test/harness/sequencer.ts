import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files of `test/` begin before the others of their project, the largest first: they run whole homes or all engines, and one
 * that begins last keeps a core waiting.
 */
export class WholeHomesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isWhole = ({ moduleId }: TestSpecification) =>
      relative(this.ctx.config.root, moduleId).startsWith(`test${sep}`);
    const byProject = Map.groupBy(sorted, ({ project }) => project);
    return [...byProject.values()].flatMap((ofProject) => [
      ...ofProject.filter(isWhole),
      ...ofProject.filter((file) => !isWhole(file)),
    ]);
  }
}
