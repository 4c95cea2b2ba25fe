// Damages copies of a log in many ways, and prints the outcomes by kind of damage.
//
//   node test/faults/damage/campaign.ts [--trials 40] [--seed 1]
//
// `trials` of each kind. A table goes to stderr, JSON of all outcomes to stdout; exit code 1 when a damage was silent or
// a process crashed.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../../harness/folder.ts';
import { KINDS } from './damages.ts';
import { buildLog, damageLog, type Outcome } from './log-campaign.ts';

const { values } = parseArgs({
  options: { trials: { type: 'string', default: '40' }, seed: { type: 'string', default: '1' } },
});
const [trials, seed] = [Number(values.trials), Number(values.seed)];

function table(outcomes: readonly Outcome[]): string {
  const names = [...new Set(outcomes.map(({ outcome }) => outcome))].sort();
  const lines = KINDS.map((kind) => {
    const own = outcomes.filter((outcome) => outcome.kind === kind);
    const counts = names.map((name) => own.filter(({ outcome }) => outcome === name).length);
    return [kind.padEnd(12), ...counts.map((count, i) => `${count}`.padStart(names[i]!.length + 2))].join('');
  });
  return [' '.repeat(12) + names.map((name) => `  ${name}`).join(''), ...lines].join('\n');
}

await using folder = await temporaryFolder('damage');
const source = join(folder.path, 'source');
await buildLog(source);
const plan = KINDS.flatMap((kind) => Array.from({ length: trials }, (_, i) => ({ kind, seed: seed + i })));
const outcomes = await damageLog(source, folder.path, plan);
for (const outcome of outcomes) process.stdout.write(`${JSON.stringify(outcome)}\n`);
process.stderr.write(`${table(outcomes)}\n`);
if (outcomes.some(({ outcome }) => outcome === 'silent' || outcome === 'signal')) process.exitCode = 1;
