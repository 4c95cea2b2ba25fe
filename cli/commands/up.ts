import type { Command } from 'commander';
import { deadLetterTopics, parseDeadLetter } from '../../kernel/dead-letters/dead-letter.ts';
import { messageOf } from '../../kernel/errors.ts';
import { isDeadLetterTopic } from '../../kernel/topics.ts';
import type { Store } from '../../operations/session.ts';
import { ALL_STREAMS, type EventType, isEventType, streamOf } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { deadLetterLine, eventLine } from '../event-line.ts';
import { about } from '../help.ts';
import { COMMAND_TIMEOUT_MS } from '../lock.ts';
import type { Output, Style } from '../output.ts';
import type { Platform } from '../platform.ts';
import { runUntilInterrupted } from '../run.ts';
import { loadServices } from '../services.ts';

/** `epochlog up`: all services and the API, until Ctrl-C. */
export function register(program: Command): void {
  const up = about(program.command('up'), 'start', [
    'npx epochlog up',
    'npx epochlog up --home /var/lib/epochlog',
  ]).description('run all services and the HTTP API until Ctrl-C');
  action<object>(up, async (_, { config, output }) => {
    const onReady = ({ url, store }: Platform, signal: AbortSignal) => {
      output.result({ url, home: config.home, pid: process.pid });
      const data = config.log ? `the log in Kafka at ${config.log}` : `data in ${config.home}`;
      output.line(`epochlog is up at ${url} (the console; the API is documented at ${url}/docs), ${data}`);
      output.line('Ctrl-C stops it; the next start resumes. What happens to models is told here:');
      return tell(store, output, signal);
    };
    await runUntilInterrupted(config, { loadServices, usesWarehouse: true }, onReady, ({ pid }) => {
      const seconds = COMMAND_TIMEOUT_MS / 1_000;
      output.line(
        `waiting for a command, process ${pid}, to be done with ${config.home}: ${seconds} s at most`,
      );
    });
    output.line('stopped');
  });
}

/** What an idle `up` tells, besides dead letters: promotions, experiments, alerts and failures. */
const TOLD: Partial<Record<EventType, Style>> = {
  VersionPromoted: 'good',
  VersionRolledBack: 'notable',
  ModelRetired: 'notable',
  PromotionRefused: 'notable',
  TrafficShifted: 'good',
  DeploymentCompleted: 'good',
  DeploymentRolledBack: 'bad',
  ExperimentStarted: 'good',
  ExperimentConcluded: 'good',
  ExperimentStopped: 'notable',
  AlertRaised: 'bad',
  AlertResolved: 'good',
  CollectionFailed: 'bad',
  DatasetRefused: 'bad',
  TrainingFailed: 'bad',
  EvaluationFailed: 'bad',
  ServingFailed: 'bad',
};

/** Tells of the events to come until the signal aborts. An error ends that, not the services. */
async function tell({ events, log }: Store, output: Output, signal: AbortSignal): Promise<void> {
  const types = Object.keys(TOLD).filter(isEventType);
  try {
    const from = await events.endOffsets([...new Set(types.map(streamOf))]);
    const deadLetters = await log.endOffsets(deadLetterTopics(ALL_STREAMS));
    for await (const record of events.follow([...from, ...deadLetters], signal)) {
      if (isDeadLetterTopic(record.topic)) {
        output.result({ type: 'DeadLetter', data: parseDeadLetter(record) });
        output.line(output.paint('bad', deadLetterLine(record, output.tableWidth)));
        continue;
      }
      const style = TOLD[record.headers.ce_type as EventType];
      if (!style) continue;
      for (const event of await events.decode(record)) {
        output.result(event);
        output.line(output.paint(style, eventLine(event, output.tableWidth)));
      }
    }
  } catch (error) {
    if (!signal.aborted) output.line(`events are told no more: ${messageOf(error)}`);
  }
}
