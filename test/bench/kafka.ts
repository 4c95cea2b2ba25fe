// Throughput of the event log on Kafka and of services on it, compared with raw kafkajs on the same broker.
//
//   node test/bench/kafka.ts [--papers FILE] [--only TEXT] [--records 20000] [--seconds 0.5] [--rounds 7] [--limit 200]
//
// Starts its own broker. The records are papers, from a file or generated. Contestants take turns, each for `seconds` in a
// round, for `rounds` rounds or until `limit` seconds are over. A table goes to stderr, JSON to stdout with --json. The
// ratio of CPU times is least affected by other load on the machine.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { papersFrom } from './facts.ts';
import { appendContests } from './kafka/appending.ts';
import { startBench } from './kafka/bench.ts';
import { consumeContest } from './kafka/consuming.ts';
import { decideContest } from './kafka/deciding.ts';
import { processContest } from './kafka/processing.ts';
import { projectContest } from './kafka/projecting.ts';
import { holdRounds, tableOf } from './kafka/turns.ts';

const LIMITS = [1, 10, 100, 1_000];

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    records: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: '7' },
    limit: { type: 'string', default: '200' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const deadline = performance.now() + Number(options.limit) * 1_000;
const papers = await papersFrom(options.papers);
await using stack = new AsyncDisposableStack();
const bench = stack.use(await startBench(papers, Number(options.records), Number(options.seconds)));
const contests = [
  ...(await appendContests(bench, stack)),
  consumeContest(bench),
  ...LIMITS.map((limit) => processContest(bench, limit)),
  decideContest(bench),
  await projectContest(bench, stack),
].filter(({ what }) => what.includes(options.only));
const outcomes = await holdRounds(contests, Number(options.rounds), deadline);
const recordBytes = Math.round(
  bench.records.reduce((sum, { value }) => sum + value.byteLength, 0) / bench.records.length,
);
for (const line of tableOf(outcomes)) console.error(line);
console.error(
  `values of ${recordBytes} bytes; ${outcomes[0]?.rounds} rounds; load ${loadavg()[0]!.toFixed(1)}`,
);
if (options.json) console.log(JSON.stringify({ recordBytes, load: loadavg(), outcomes }));
