import { failureOf } from '../../kernel/errors.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import { driftPage } from '../../ml/drift/page.ts';
import { type DriftReport, type DriftWindow, driftReport } from '../../ml/drift/report.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type { ReportRequested } from '../../schemas/events.generated.ts';
import { projected } from '../../schemas/measurements/projected.ts';

const KINDS = ['drift'];
/** windows of a report, the newest ones */
const MAX_WINDOWS = 50;

/** Writes reports: on the drift of a model, as a page and as JSON, from what was measured before it is asked for. */
export const service = reactorService({
  name: 'reporter',
  usesWarehouse: true,
  reactsTo: ['ReportRequested'],
  start: (context: ServiceContext) => ({
    on: {
      ReportRequested: async ({ data }, _emit, cancelled) => [await report(data, context, cancelled)],
    },
  }),
});

async function report(
  asked: ReportRequested,
  context: ServiceContext,
  cancelled: AbortSignal,
): Promise<NewEvent> {
  const { query, artifacts, events } = context;
  const { reportId, model, kind, requestedBy } = asked;
  const refused = (code: string, reason: string) =>
    newEvent('ReportRefused', { reportId, model, code, reason, requestedBy });
  if (!KINDS.includes(kind))
    return refused(
      'INPUT_INVALID',
      `there is no report on ${kind}${didYouMean(kind, KINDS) || `: name one of ${KINDS.join(', ')}`}`,
    );
  try {
    await projected(await events.endOffsets(['alerts']), context, cancelled);
  } catch (error) {
    const { code, reason } = failureOf(error);
    return refused(code, reason);
  }
  const windows = await query<DriftWindow>('drift/windows', { model, version: null, limit: MAX_WINDOWS });
  const written = driftReport(model, windows);
  if (windows.length === 0)
    return refused('NOT_FOUND', `no window of predictions of ${model} is full yet: see \`epochlog drift\``);
  const [page, data] = await Promise.all([
    artifacts.put(Buffer.from(driftPage(written))),
    artifacts.put(Buffer.from(JSON.stringify(written))),
  ]);
  const about = { reportId, model, kind, windows: windows.length, drifted: driftedIn(written) };
  return newEvent('ReportWritten', { ...about, page, data, requestedBy });
}

/** The features that drifted in the newest window. */
const driftedIn = ({ windows }: DriftReport): string[] =>
  (windows.at(-1)?.features ?? []).flatMap(({ feature, drifted }) => (drifted ? [feature] : []));
