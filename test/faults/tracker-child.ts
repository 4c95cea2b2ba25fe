import { startTracker } from '../harness/tracker.ts';

/** `node test/faults/tracker-child.ts HOME`: answers MLflow's API on a data folder until it is killed; prints its URL. */
const [home = ''] = process.argv.slice(2);
const tracker = await startTracker({ home });
process.stdout.write(`${await tracker.listen()}\n`);
