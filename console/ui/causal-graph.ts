import { type Caused, layoutOf, type Placed } from './causes.ts';
import { instant } from './format.ts';
import { html, type View } from './html.ts';
import { go, urlOf } from './router.ts';

const [STEP, LANE, LEFT, TOP, RADIUS] = [44, 34, 110, 30, 7] as const;
/** events of more are not told apart by names */
const NAMED = 12;
const CROWDED = 30;
/** between two times, in pixels */
const LEAST_GAP = 70;

/** Which event led to which, along time: a lane for each service or client. An event is a link. */
export function CausalGraph(props: { title: string; events: readonly Caused[]; here?: string }): View {
  const { title, events, here } = props;
  const { nodes, lanes, edges } = layoutOf(events);
  const step = nodes.length <= NAMED ? 2.4 * STEP : nodes.length <= CROWDED ? STEP : STEP / 3;
  const across = (column: number) => LEFT + 20 + column * step;
  const down = (lane: number) => TOP + lane * LANE + LANE / 2;
  const [width, height] = [across(nodes.length) + 60, TOP + lanes.length * LANE + 40];
  const edge = ([cause, effect]: readonly [Placed<Caused>, Placed<Caused>]) => {
    const [x, y, toX, toY] = [
      across(cause.column),
      down(cause.lane),
      across(effect.column),
      down(effect.lane),
    ];
    const bend = (toX - x) / 2;
    const lift = cause.lane === effect.lane ? -LANE / 2 : 0;
    return `M${x},${y} C${x + bend},${y + lift} ${toX - bend},${toY + lift} ${toX},${toY}`;
  };
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label=${title}>
      <svg class="causal" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>
        ${lanes.map(
          (lane, at) => html`<g><line class="lane" x1=${LEFT} x2=${width} y1=${down(at)} y2=${down(at)} />
            <text x="4" y=${down(at) + 4}>${lane}</text></g>`,
        )}
        ${edges.map((pair) => html`<path class="edge" d=${edge(pair)} />`)}
        ${nodes.map((node) => html`<${Node} node=${node} x=${across(node.column)} y=${down(node.lane)} isHere=${node.event.id === here} isNamed=${nodes.length <= NAMED} />`)}
        ${nodes
          .filter(({ column }) => column % Math.ceil(LEAST_GAP / step) === 0)
          .map(
            ({ event, column }) =>
              html`<text class="quiet" x=${across(column)} y=${height - 10} text-anchor="middle">${instant(event.time).slice(-8)}</text>`,
          )}
      </svg>
    </div>
  </figure>`;
}

function Node(props: {
  node: Placed<Caused>;
  x: number;
  y: number;
  isHere: boolean;
  isNamed: boolean;
}): View {
  const { event } = props.node;
  const { x, y, isHere, isNamed } = props;
  const url = urlOf(`/events/${event.id}`);
  const told = `${event.type} of ${event.subject}, by ${event.source}, ${instant(event.time)}`;
  const follow = (click: MouseEvent) => {
    if (click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    go(url);
  };
  return html`<a href=${url} aria-label=${told} aria-current=${isHere ? 'true' : undefined} onClick=${follow}>
    <circle class=${isHere ? 'node here' : 'node'} cx=${x} cy=${y} r=${isHere ? RADIUS + 2 : RADIUS}><title>${told}</title></circle>
    ${isNamed && html`<text class="node-name" x=${x} y=${y - RADIUS - 3} text-anchor="middle">${event.type}</text>`}
  </a>`;
}
