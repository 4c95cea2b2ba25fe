import type { Command } from 'commander';
import { action } from '../action.ts';
import { openRegistry } from '../adapters/log.ts';
import { about } from '../help.ts';
import { assertCompatible, checkSchemas, describe, readSchemas } from '../schemas/check.ts';
import { pushSchemas } from '../schemas/push.ts';

/** `epochlog schemas check` and `epochlog schemas push`. */
export function register(program: Command): void {
  const schemas = about(program.command('schemas'), 'cluster', [
    'npx epochlog schemas check',
    'npx epochlog schemas push',
  ]).description('the schemas of the events');

  const check = schemas
    .command('check')
    .description('compare the current schemas with every published version, offline');
  action<object>(check, async (_, { output }) => {
    const checked = await checkSchemas(readSchemas());
    for (const event of checked) {
      output.result(event);
      for (const text of describe(event)) output.line(`${event.stream}/${event.event}: ${text}`);
    }
    assertCompatible(checked);
    output.line('the current schemas and every published version are compatible, in both directions');
  });

  const push = schemas
    .command('push')
    .description('register every published version and the current schemas at the schema registry');
  action<object>(push, async (_, { config, output }) => {
    const streams = readSchemas();
    assertCompatible(await checkSchemas(streams));
    const registry = await openRegistry(config, { register: true });
    const counts = { registered: 0, present: 0 };
    for await (const pushed of pushSchemas(registry, streams)) {
      counts[pushed.new ? 'registered' : 'present'] += 1;
      output.result(pushed);
      output.progress(pushed.subject);
      if (pushed.new) output.line(`registered ${pushed.subject}, id ${pushed.id}`);
    }
    output.line(`${counts.registered} schemas registered, ${counts.present} were present`);
  });
}
