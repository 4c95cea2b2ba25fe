import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../../ml/records/shell-word.ts';
import { lifecycleIds } from '../../operations/lifecycle/ids.ts';
import type { LifecycleRecord } from '../../operations/lifecycle/plan.ts';
import type { Story } from '../../operations/lifecycle/story.ts';
import { shownPath } from '../output.ts';
import { predictCall } from '../predict/call.ts';

interface Told {
  readonly model: string;
  /** of the last month */
  readonly records: readonly LifecycleRecord[];
  readonly story: Story;
  readonly home: string;
  /** the option that names the home, where it must be named */
  readonly elsewhere: string;
  readonly width: number;
}

type Step = readonly [command: string, shows: string];

/** Commands that work on the home of a lifecycle, and what each shows. Writes the example that the first one is about. */
export async function nextSteps(told: Told): Promise<Step[]> {
  const { elsewhere } = told;
  const steps: Step[] = [
    ...(await prediction(told)),
    historyOf(told),
    ['npx epochlog verify', 'rebuilds every projection from the log, and compares'],
    ['npx epochlog up', 'runs the services and the HTTP API, documented at /docs'],
  ];
  return steps.map(([command, shows]) => [`${command}${elsewhere}`, shows]);
}

/** What served in the middle of the story. */
function historyOf({ model, story: { months } }: Told): Step {
  const { month } = months[Math.floor(months.length / 2)] ?? { month: '2025-01' };
  return [
    `npx epochlog history ${quoted(model)} --at ${month}-01`,
    'what served then, why, and the events that led to it',
  ];
}

/** A prediction of a record whose target is known: as it is typed, or of a file where that would be too long. */
async function prediction({ model, records, story, home, elsewhere, width }: Told): Promise<Step[]> {
  const record = exampleRecord(records, story, lifecycleIds(model).rowOf);
  if (!record) return [];
  const shows = `a record of the last month, whose true ${typeof record.target === 'number' ? 'value' : 'label'} is ${record.target}`;
  const typed = predictCall(model, record.instance);
  if (typed.length + elsewhere.length + 2 <= width) return [[typed, shows]];
  const path = join(home, 'example.jsonl');
  await writeFile(path, `${JSON.stringify(record.fields)}\n`);
  return [[`npx epochlog predict --model ${quoted(model)} --data ${quoted(shownPath(path))}`, shows]];
}

/** Of records with a known target the last that the newest version predicted rightly, or else the last. */
function exampleRecord(
  records: readonly LifecycleRecord[],
  { right }: Pick<Story, 'right'>,
  rowOf: (requestId: string) => number | undefined,
): LifecycleRecord | undefined {
  const newest = [...right.values()].at(-1)?.version;
  const rows = new Set([...right].filter(([, { version }]) => version === newest).map(([id]) => rowOf(id)));
  const known = records.filter(({ target }) => target !== null);
  return known.findLast(({ number }) => rows.has(number)) ?? known.at(-1);
}
