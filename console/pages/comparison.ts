import { ask, useAnswer, useApi } from '../ui/api.ts';
import { html, type View } from '../ui/html.ts';
import { type Metric, MetricCurves } from '../ui/metric-curves.ts';
import { Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, Link, urlOf } from '../ui/router.ts';
import { csvOf, Save } from '../ui/save.ts';
import { type Run, runUrl, shown } from './run.ts';

/** More lines are not told apart. */
export const MOST_COMPARED = 20;

interface Row {
  name: string;
  values: readonly string[];
}

/** Runs side by side; only what differs, unless all is asked for. */
export function Comparison({
  ids,
  parameters,
}: {
  ids: readonly string[];
  parameters: URLSearchParams;
}): View {
  const runs = useAnswer(ids.join('\n'), (signal) =>
    Promise.all(ids.map((id) => ask<Run>(`/v1/runs/${encodeURIComponent(id)}`, signal))),
  );
  const all = parameters.has('all');
  const show = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(parameters);
    if (value === undefined) next.delete(name);
    else next.set(name, value);
    go(`${urlOf('/runs')}?${next}`);
  };
  return html`<${Sheet} title=${`${ids.length} runs`}>
    <${ComparedCurves} ids=${ids} parameters=${parameters} onChange=${(metric: string) => show('metric', metric)} />
    <${Loaded} of=${runs}>
      ${(found: readonly Run[]) => {
        const rows = rowsOf(found, all);
        return html`<div>
      <p class="filters"><label><input type="checkbox" checked=${!all} onChange=${() => show('all', all ? undefined : '1')} /> only differences</label>
        <${Save} name="CSV" fileName="runs.csv" text=${() => csvOf([['', ...ids], ...rows.map(({ name, values }) => [name, ...values])])} /></p>
      <${Table} caption="Metrics and parameters" rows=${rows} empty="They are alike." columns=${[
        { name: 'name', cell: ({ name }: Row) => name },
        ...found.map(({ runId }, i) => ({
          name: html`<${Link} to=${runUrl(runId)}>${runId}<//>`,
          isNumber: true,
          cell: ({ values }: Row) => values[i],
        })),
      ]} />
    </div>`;
      }}
    <//>
  <//>`;
}

/** One metric of all of them; which metrics there are, the first one says. */
function ComparedCurves(props: {
  ids: readonly string[];
  parameters: URLSearchParams;
  onChange: (metric: string) => void;
}): View {
  const { ids, parameters, onChange } = props;
  const first = useApi<{ items: readonly Metric[] }>(`/v1/runs/${encodeURIComponent(ids[0]!)}/metrics`);
  const names = first.data?.items.map(({ metric }) => metric) ?? [];
  const metric = parameters.get('metric') ?? (names.includes('training loss') ? 'training loss' : names[0]);
  if (metric === undefined) return first.data ? html`<p class="empty">${ids[0]} has no curve.</p>` : null;
  return html`<section>
    <p><label for="metric">Metric </label><select id="metric" onChange=${(event: Event) => onChange((event.target as HTMLSelectElement).value)}>
      ${[...new Set([metric, ...names])].map((name) => html`<option value=${name} selected=${name === metric}>${name}</option>`)}
    </select></p>
    <${MetricCurves} runs=${ids} charts=${[{ title: metric, metrics: [{ metric }] }]} parameters=${parameters} page="/runs" />
  </section>`;
}

function rowsOf(runs: readonly Run[], all: boolean): Row[] {
  const own = runs.map((run) => ({
    engine: run.engine,
    dataset: run.datasetId,
    seed: run.seed,
    ...run.params,
    ...run.metrics,
  }));
  const names = [...new Set(own.flatMap((values) => Object.keys(values)))];
  const rows = names.map((name) => ({
    name,
    values: own.map((of) => shown((of as Record<string, unknown>)[name])),
  }));
  return all ? rows : rows.filter(({ values }) => new Set(values).size > 1);
}
