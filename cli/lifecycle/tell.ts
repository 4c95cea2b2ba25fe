import type { Plan } from '../../operations/lifecycle/plan.ts';
import type { Story } from '../../operations/lifecycle/story.ts';
import type { Summary } from '../../operations/lifecycle/summary.ts';
import { type Output, shownPath } from '../output.ts';
import { wrapped } from '../wrap.ts';
import { count, driftLine, meaning, monthHeading, monthLine, trainingLines } from './narrate.ts';

interface Beginning {
  readonly model: string;
  readonly task: string;
  readonly source: { readonly name: string; readonly generated: boolean };
  readonly plan: Plan;
  readonly home: string;
  /** what the usual home holds, where this is another one */
  readonly instead: string | undefined;
}

/** Tells the story of a lifecycle as it happens: lines for people, or one JSON object a line, each with its `kind`. */
export class Teller {
  readonly #output: Output;
  readonly #story: Story;
  #trainings = 0;

  constructor(output: Output, story: Story) {
    this.#output = output;
    this.#story = story;
  }

  begin({ model, task, source, plan: { cut, before, months }, home, instead }: Beginning): void {
    const { generated, name } = source;
    const names = months.map(({ name }) => name);
    this.#output.result({
      kind: 'begin',
      model,
      task,
      home,
      records: name,
      generated,
      cut,
      before,
      months: names,
    });
    if (instead !== undefined)
      this.#paragraph(`The usual data folder holds ${instead}: this one has its own, ${shownPath(home)}.`);
    this.#paragraph(
      generated
        ? `Records: ${this.#output.paint('notable', 'GENERATED')} ones of ${task}, which say nothing about real data (--data FILE takes yours).`
        : `Records: ${name}`,
    );
    const learnt = `${model} learns the ${count(before)} records before ${cut}, then lives through ${months.length} months.`;
    this.#paragraph(`${learnt} Everything is an event in ${shownPath(home)}.`);
    this.#output.line();
  }

  /** A month of which all is in the story, or with null the training before the first. */
  month(name: string | null): void {
    const { metric, months, trainings, policy } = this.#story;
    const at = months.findIndex(({ month }) => month === name);
    const month = months[at];
    if (month) {
      this.#output.result({ kind: 'month', ...month });
      this.#output.line(monthLine(month, months.slice(0, at + 1), metric, this.#output));
      for (const drift of month.drift) this.#output.line(driftLine(drift, this.#output));
    }
    const until = trainings.findLastIndex((training) => (training.month ?? '') <= (name ?? '')) + 1;
    for (const training of trainings.slice(this.#trainings, until)) {
      this.#output.result({ kind: 'training', ...training });
      for (const line of trainingLines(training, metric, this.#output)) this.#output.line(line);
    }
    this.#trainings = Math.max(this.#trainings, until);
    if (name !== null) return;
    this.#output.line();
    this.#paragraph(
      `Drift is measured on every ${policy.drift.window} predictions, ${metric} on the records of the month.`,
    );
    this.#output.line(monthHeading(metric, this.#output));
  }

  end(summary: Summary, { generated, seconds }: { generated: boolean; seconds: number }): void {
    const { latency, totals, overall } = summary;
    this.#output.result({ kind: 'summary', generated, seconds, ...summary });
    this.#output.line(`\n${this.#output.paint('heading', 'What it means')}`);
    for (const text of meaning(this.#story, overall)) this.#paragraph(text, '  ');
    const events = totals.reduce((sum, row) => sum + row.events, 0);
    const took = `p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, in calls of up to 64 records`;
    this.#paragraph(
      `${count(events)} events in the log, ${seconds.toFixed(0)} s; predictions: ${took}.`,
      '  ',
    );
  }

  /** Commands to type next, each with what it shows. */
  next(commands: readonly (readonly [command: string, shows: string])[]): void {
    this.#output.line(`\n${this.#output.paint('heading', 'Next')}`);
    for (const [command, shows] of commands) {
      this.#output.line(`  ${command}`);
      this.#paragraph(shows, '      ');
    }
  }

  #paragraph(text: string, indent = ''): void {
    for (const line of wrapped(text, this.#output.width - indent.length)) this.#output.line(indent + line);
  }
}
