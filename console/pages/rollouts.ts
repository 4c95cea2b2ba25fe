import { Action } from '../ui/act.ts';
import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { ModelChoice, useModel } from '../ui/model-choice.ts';
import type { PageProps } from '../ui/page.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';

const REFRESH_MS = 3_000;

interface Check {
  name: string;
  verdict: string;
  candidate: number | null;
  production: number | null;
  limit: number | null;
  pValue: number | null;
  reason: string;
}
interface Change {
  deploymentId: string;
  environment: string;
  change: string;
  version: string | null;
  previous: string | null;
  strategy: string | null;
  stages: readonly number[];
  stage: number | null;
  share: number | null;
  checks: readonly Check[];
  reason: string | null;
  instant: string;
  eventId: string;
}

/** after which a deployment has failed */
const FAILED = new Set(['failed', 'rolled_back', 'refused', 'tripped']);

/** after which a deployment goes on */
const UNDER_WAY = new Set(['started', 'shifted', 'passed']);

/** How versions got the traffic of a model: stage by stage, with the numbers of each decision. */
export function RolloutsView({ parameters }: PageProps): View {
  const { model, models } = useModel(parameters);
  const json = model && pathOf(`/v1/models/${encodeURIComponent(model)}/deployments`, { limit: '200' });
  const changes = useApi<ApiPage<Change>>(json || undefined, REFRESH_MS);
  return html`<${Sheet} title="Rollouts" json=${json}>
    <${ModelChoice} page="/rollouts" model=${model} models=${models} />
    ${
      model &&
      html`<${Loaded} of=${changes}>
      ${({ items }: ApiPage<Change>) =>
        items.length === 0
          ? html`<p class="empty">No version of ${model} was deployed in stages. <code>npx epochlog deploy VERSION --model ${model} --strategy canary</code> does so.</p>`
          : [...Map.groupBy(items, ({ deploymentId }) => deploymentId).values()].map(
              (own) => html`<${Deployment} key=${own[0]!.deploymentId} model=${model} changes=${own} />`,
            )}
    <//>`
    }
  <//>`;
}

/** One deployment; its changes are newest first. Why it failed is the first thing that one reads. */
function Deployment({ model, changes }: { model: string; changes: readonly Change[] }): View {
  const [latest, first] = [changes[0]!, changes.at(-1)!];
  const started = changes.find(({ change }) => change === 'started') ?? first;
  const failure = changes.find(({ change }) => FAILED.has(change));
  const share = changes.find((change) => change.share !== null)?.share ?? 0;
  const kind = failure ? 'bad' : latest.change === 'completed' ? 'good' : 'warn';
  const failed = failure?.checks.filter(({ verdict }) => verdict === 'fail') ?? [];
  return html`<section class="card">
    <h2>${started.version} <${Badge} kind=${kind} text=${latest.change.replace('_', ' ')} /></h2>
    ${
      failure &&
      html`<p class="problem"><strong>${failure.reason ?? 'it failed'}</strong> ${failed.map(({ reason }) => reason).join('; ')}
      ${' '}(<${Evidence} id=${failure.eventId} />)</p>`
    }
    <p>${started.strategy ?? ''} in ${started.environment}${started.previous ? `, from ${started.previous}` : ''}, began ${instant(started.instant)} UTC</p>
    ${
      started.stages.length > 0 &&
      html`<ol class="track" aria-label="Stages, per cent of the traffic">${started.stages.map(
        (stage) => html`<li class=${stage <= share && !failure ? 'done' : ''}>${stage} %</li>`,
      )}</ol>`
    }
    ${UNDER_WAY.has(latest.change) && html`<${Action} name="Abort" path="/v1/deployments/abort" body=${{ model, environment: latest.environment }}>The version before has all the traffic again, at once.<//>`}
    <details open=${failure !== undefined}><summary>${changes.length} decisions</summary>
      ${changes.map((change) => html`<${Decision} of=${change} />`)}
    </details>
  </section>`;
}

function Decision({
  of: { change, stage, share, reason, instant: time, eventId, checks },
}: {
  of: Change;
}): View {
  return html`<div>
    <h3>${instant(time)} ${change.replace('_', ' ')}${stage === null ? '' : `, stage ${stage}`}${share === null ? '' : `, ${share} %`} (<${Evidence} id=${eventId} />)</h3>
    ${reason && html`<p>${reason}</p>`}
    ${
      checks.length > 0 &&
      html`<${Table} caption="Checks" rows=${checks} empty="" columns=${[
        { name: 'check', cell: ({ name }: Check) => name },
        {
          name: 'verdict',
          cell: ({ verdict }: Check) =>
            html`<${Badge} kind=${verdict === 'pass' ? 'good' : verdict === 'fail' ? 'bad' : 'warn'} text=${verdict} />`,
        },
        { name: 'candidate', isNumber: true, cell: ({ candidate }: Check) => number(candidate) },
        { name: 'production', isNumber: true, cell: ({ production }: Check) => number(production) },
        { name: 'limit', isNumber: true, cell: ({ limit }: Check) => number(limit) },
        { name: 'p', isNumber: true, cell: ({ pValue }: Check) => number(pValue, 2) },
        { name: 'why', cell: ({ reason: why }: Check) => why },
      ]} />`
    }
  </div>`;
}
