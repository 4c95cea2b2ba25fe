import type { Config } from '../../infra/config/schema.ts';
import type { Logger } from '../../kernel/logger.ts';
import { NO_TRACER, type Tracer } from '../../kernel/ports/tracer.ts';
import { NO_TELEMETRY, type Telemetry } from '../../kernel/telemetry.ts';
import { createLogger } from '../logger.ts';

/** A tracer, and how to let go of it. */
export interface OpenTracer {
  tracer: Tracer;
  /** hands over what has been traced, within some seconds */
  close(): Promise<void>;
}

/** Traces to the collector that the configuration names. Without one nothing is traced, and nothing loaded for it. */
export async function openTracer(
  config: Config,
  { telemetry = NO_TELEMETRY, logger }: { telemetry?: Telemetry; logger?: Logger } = {},
): Promise<OpenTracer> {
  if (!config.otlp) return { tracer: NO_TRACER, close: async () => {} };
  const { startTracing } = await import('../../infra/telemetry/tracing.ts');
  const tracing = startTracing({
    url: config.otlp,
    system: config.log ? 'kafka' : 'epochlog',
    telemetry,
    logger: logger ?? createLogger(config.logLevel),
  });
  return { tracer: tracing, close: () => tracing.close() };
}
