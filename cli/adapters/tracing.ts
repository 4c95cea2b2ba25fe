import type { Config } from '../../infra/config/schema.ts';
import type { Logger } from '../../kernel/logger.ts';
import { NO_TRACER, type Tracer } from '../../kernel/ports/tracer.ts';
import { NO_TELEMETRY, type Telemetry } from '../../kernel/telemetry.ts';
import { createLogger } from '../logger.ts';

/** A tracer, and how to close it. */
export interface OpenTracer {
  tracer: Tracer;
  /** exports the remaining spans, within some seconds */
  close(): Promise<void>;
}

/** Traces to the configured OpenTelemetry collector. Without one there are no spans, and no library is loaded. */
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
