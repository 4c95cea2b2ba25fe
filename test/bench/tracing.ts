// What it costs to trace: the papers of a generated corpus are collected and curated by real services on the embedded
// log, without tracing, with a collector that takes everything (in a process of its own), and with one that is down.
//
//   node test/bench/tracing.ts [--papers 10000] [--rounds 5]
//
// The three take turns; of each the quickest round counts. Two spans follow from each paper. A table goes to stderr, JSON
// to stdout.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { startTracing } from '../../infra/telemetry/tracing.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import { NO_TRACER } from '../../kernel/ports/tracer.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { service as collector } from '../../services/collector/service.ts';
import { service as curator } from '../../services/curator/service.ts';
import { service as planner } from '../../services/planner/service.ts';
import { generateCorpus } from '../../tasks/arxiv/corpus/generate.ts';
import { startServices } from '../harness/services.ts';

const { values } = parseArgs({
  options: { papers: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '5' } },
});
const papers = Number(values.papers);
const file = Buffer.from(
  Array.from(generateCorpus({ papers, from: '2020-01', to: '2025-12' }), (paper) =>
    JSON.stringify(paper),
  ).join('\n'),
);

interface Outcome {
  what: string;
  seconds: number;
  /** of this process, all its threads */
  cpuSeconds: number;
  spans: number;
  lost: number;
}

/** A collector that reads what it is sent, and forgets it. */
async function startCollector() {
  const script = `const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { url: `http://127.0.0.1:${Number(port)}`, stop: () => child.kill() };
}

async function collect(what: string, url: string | undefined): Promise<Outcome> {
  const telemetry = createPrometheus();
  const tracing = url && startTracing({ url, system: 'epochlog', telemetry, logger: NO_LOGGER });
  const tracer = tracing || NO_TRACER;
  await using services = await startServices([collector, curator, planner], { telemetry, tracer });
  const source = await services.artifacts.put(file);
  const cpu = process.cpuUsage();
  const started = performance.now();
  await services.publish(
    newEvent('CollectionRequested', {
      collectionId: 'c',
      task: 'arxiv',
      source,
      sourceName: 'papers.jsonl',
      generated: true,
      from: null,
      to: null,
      requestedBy: 'bench',
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  if (tracing) await tracing.close();
  const { text } = await telemetry.scrape();
  const total = (name: string) =>
    Array.from(text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))).reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  const [taken, lost] = ['epochlog_spans_exported_total', 'epochlog_spans_dropped_total'].map(total);
  return { what, seconds, cpuSeconds: (user + system) / 1e6, spans: taken! + lost!, lost: lost! };
}

const gone = await startCollector();
gone.stop();
const collectorAtWork = await startCollector();
const contestants: readonly (readonly [what: string, url: string | undefined])[] = [
  ['not traced', undefined],
  ['traced', collectorAtWork.url],
  ['collector down', gone.url],
];
const best = new Map<string, Outcome>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [what, url] of contestants) {
    const outcome = await collect(what, url);
    if (outcome.seconds < (best.get(what)?.seconds ?? Number.POSITIVE_INFINITY)) best.set(what, outcome);
  }
}
collectorAtWork.stop();

const outcomes = [...best.values()];
const cells = outcomes.map(({ what, seconds, cpuSeconds, spans, lost }) => ({
  '': what,
  seconds: seconds.toFixed(2),
  'CPU seconds': cpuSeconds.toFixed(2),
  'papers/s': Math.round(papers / seconds),
  spans,
  lost,
}));
console.error(`${papers} papers collected and curated`);
console.error(
  cells
    .map((row) =>
      Object.entries(row)
        .map(([name, value]) => `${name} ${value}`.trim())
        .join('  '),
    )
    .join('\n'),
);
console.log(JSON.stringify({ papers, outcomes }));
