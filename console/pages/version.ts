import { Action } from '../ui/act.ts';
import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Link, urlOf } from '../ui/router.ts';
import { Beside, BesideView } from './beside.ts';
import { type Check, GateTable } from './gates.ts';

const REFRESH_MS = 5_000;

interface Version {
  version: string;
  status: string;
  stage: string;
  reason: string | null;
  runId: string | null;
  datasetId: string | null;
  metrics: Readonly<Record<string, number>>;
  primaryMetric: string | null;
  sizeMb: number | null;
  aliases: readonly string[];
  tags: Readonly<Record<string, string>>;
  registeredAt: string | null;
}
interface Gates {
  id: string;
  time: string;
  data: { version: string; target: string; passed: boolean; checks: readonly Check[] };
}
interface Review {
  reviewId: string;
  state: string;
  overdue: boolean;
  approvals: number;
  reviewers: readonly string[];
  notes: string;
  requestedBy: string;
  opinions: readonly { outcome: string; comment: string; requestedBy: string }[];
}

/** A version, `MODEL/VERSION`: what was measured, whether it passes its gates, and what people say of it. */
export function VersionView({ of, parameters }: { of: string; parameters: URLSearchParams }): View {
  const slash = of.lastIndexOf('/');
  const [model, version] = [of.slice(0, slash), of.slice(slash + 1)];
  const beside = parameters.get('beside');
  if (!beside) return html`<${OneVersion} model=${model} version=${version} />`;
  const evaluation = parameters.get('evaluation') ?? undefined;
  return html`<${BesideView} model=${model} version=${version} beside=${beside} evaluation=${evaluation} />`;
}

function OneVersion({ model, version }: Of): View {
  const json = `/v1/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`;
  const found = useApi<Version>(json, REFRESH_MS);
  return html`<${Sheet} title=${`${model} ${version}`} json=${json}>
    <${Loaded} of=${found}>
      ${(it: Version) => html`<div>
        <p><${Badge} kind=${it.status === 'production' ? 'good' : it.status === 'refused' ? 'bad' : 'plain'} text=${it.status} />
          ${' '}stage ${it.stage}, registered ${instant(it.registeredAt)}${it.sizeMb !== null && `, ${number(it.sizeMb, 3)} MB`}
          ${it.aliases.length > 0 && `, also called ${it.aliases.join(', ')}`}
          ${Object.entries(it.tags).map(([key, value]) => html` <code>${key}=${value}</code>`)}</p>
        ${it.reason && html`<p>${it.reason}</p>`}
        <p>${it.runId && html`<${Link} to=${urlOf(`/runs/${encodeURIComponent(it.runId)}`)}>run ${it.runId}<//>, `}
          ${it.datasetId && html`<${Link} to=${urlOf(`/data/${encodeURIComponent(it.datasetId)}`)}>dataset ${it.datasetId}<//>, `}
          <a href=${`${json}/report`}>report</a>, <a href=${`${json}/card.html`}>model card</a>, <a href=${`${json}/lineage`}>lineage</a></p>
        <${GateChecks} model=${model} version=${version} />
        <${Beside} model=${model} version=${version} datasetId=${it.datasetId} />
        <${Reviews} model=${model} version=${version} />
        <${Table} caption="Metrics of its evaluation" rows=${Object.entries(it.metrics)} empty="It was not evaluated yet." columns=${[
          {
            name: 'metric',
            cell: ([name]: [string, number]) => (name === it.primaryMetric ? html`<b>${name}</b>` : name),
          },
          { name: 'value', isNumber: true, cell: ([, value]: [string, number]) => number(value) },
        ]} />
      </div>`}
    <//>
  <//>`;
}

interface Of {
  model: string;
  version: string;
}

/** The last evaluation of its gates, for each environment. */
function GateChecks({ model, version }: Of): View {
  const path = pathOf('/v1/events', { type: 'GatesEvaluated', subject: model, limit: '1000' });
  const events = useApi<ApiPage<Gates>>(path, REFRESH_MS);
  return html`<section><h2>Gates</h2>
    <${Loaded} of=${events}>
      ${({ items }: ApiPage<Gates>) => {
        const own = items.filter(({ data }) => data.version === version);
        const last = [...new Map(own.map((event) => [event.data.target, event])).values()];
        return html`<div>
          ${last.length === 0 && html`<p class="empty">They were not evaluated yet.</p>`}
          ${last.map(
            ({ id, time, data: { target, passed, checks } }) => html`<div>
              <p><${Badge} kind=${passed ? 'good' : 'bad'} text=${passed ? 'passed' : 'failed'} /> for ${target}, ${instant(time)}; <${Evidence} id=${id} text="the event" /></p>
              <${GateTable} caption=${`Bounds for ${target}`} checks=${checks} /></div>`,
          )}
          <${Action} name="Evaluate gates" path="/v1/gates" body=${{ model, version }} reasonAs=${null}>Each bound of the policy is measured for production; nothing else changes.<//>
        </div>`;
      }}
    <//></section>`;
}

const OPINIONS = [
  ['Approve', 'approved', 'You take part of the responsibility for it.'],
  ['Request changes', 'changes_requested', 'The review ends: it may not go to production as it is.'],
  ['Comment', 'comment', 'What you write stands in the log.'],
] as const;

/** What people say of it. */
function Reviews({ model, version }: Of): View {
  const reviews = useApi<ApiPage<Review>>(
    pathOf('/v1/reviews', { model, version, limit: '100' }),
    REFRESH_MS,
  );
  return html`<section><h2>Reviews</h2>
    <${Loaded} of=${reviews}>
      ${({ items }: ApiPage<Review>) => html`<div>
        ${items.map(
          (review) => html`<section class="card" aria-label=${review.reviewId}>
            <p><b>${review.reviewId}</b> <${Badge} kind=${review.state === 'approved' ? 'good' : review.state === 'open' ? 'warn' : 'bad'} text=${review.overdue ? 'overdue' : review.state} />
              ${' '}asked for by ${review.requestedBy}${review.reviewers.length > 0 && ` of ${review.reviewers.join(', ')}`}; takes ${number(review.approvals)} approvals</p>
            ${review.notes && html`<p>${review.notes}</p>`}
            <ul>${review.opinions.map(({ outcome, comment, requestedBy }) => html`<li>${requestedBy}: ${outcome}${comment && `, “${comment}”`}</li>`)}</ul>
            ${
              review.state === 'open' &&
              OPINIONS.map(
                ([name, outcome, what]) =>
                  html`<${Action} key=${outcome} name=${name} path=${`/v1/reviews/${encodeURIComponent(review.reviewId)}`} body=${{ outcome }} reasonAs="comment">${what}<//>`,
              )
            }
          </section>`,
        )}
        <${Action} name="Ask for a review" path="/v1/reviews" body=${{ model, version, reviewId: `${model}-${version}-${items.length + 1}` }} reasonAs="notes">Everybody who may approve is asked.<//>
      </div>`}
    <//></section>`;
}
