import type { Instance } from '../instance/schema.ts';
import type { ModelPackage } from '../package/validate.ts';
import type { MarginExplainer } from './explanation.ts';
import { linearExplainer } from './linear.ts';
import { treesExplainer } from './trees.ts';

/** By the engine that made the package; a graph from elsewhere is not looked into. */
const EXPLAINERS: Readonly<
  Record<string, (pkg: ModelPackage, reference: readonly Instance[]) => MarginExplainer>
> = { linear: linearExplainer, trees: treesExplainer };

/** Explains a package from the inside; undefined where only its answers can be looked at. */
export function explainerOf(pkg: ModelPackage, reference: readonly Instance[]): MarginExplainer | undefined {
  const { engine, imported } = pkg.metadata;
  if (imported === true || typeof engine !== 'string' || !Object.hasOwn(EXPLAINERS, engine)) return undefined;
  return EXPLAINERS[engine]!(pkg, reference);
}
