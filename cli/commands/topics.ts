import type { Command } from 'commander';
import { STREAMS } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { openKafka, topicSpecs } from '../adapters/log.ts';
import { about } from '../help.ts';

/** `epochlog topics apply`: creates the missing topics in Kafka. */
export function register(program: Command): void {
  const topics = about(program.command('topics'), 'cluster', ['npx epochlog topics apply']).description(
    'the topics of the log in Kafka',
  );
  const apply = topics
    .command('apply')
    .description('create the topics that are missing, with unlimited retention');
  action<object>(apply, async (_, { config, output }) => {
    const log = await openKafka(config);
    try {
      const wanted = topicSpecs((stream) => STREAMS[stream].partitions);
      const before = new Set((await log.topics()).map(({ name }) => name));
      await log.ensureTopics(wanted);
      const created = wanted.filter(({ name }) => !before.has(name));
      const present = wanted.filter(({ name }) => before.has(name));
      output.result({ created, present });
      for (const { name, partitions } of created) output.line(`created ${name}, partitions: ${partitions}`);
      output.line(`${created.length} topics created, ${present.length} were present`);
    } finally {
      await log.close();
    }
  });
}
