/**
 * `node test/harness/year/child.ts HOME SIMULATION`: simulates weeks in the life of a model, as JSON says, and reports each week on
 * standard output. It may be killed at any time; run again, it goes on.
 */
import { report } from '../child.ts';
import { driveWeeks, type Simulation } from './drive.ts';
import { startSimulation } from './system.ts';

const [home = '', given = '{}'] = process.argv.slice(2);
const simulation: Simulation = JSON.parse(given);
await using system = await startSimulation(home, Date.parse(simulation.from), simulation.environment);
report({ started: new Date(system.now()).toISOString() });
await driveWeeks(system, simulation, (week) => report({ week }));
