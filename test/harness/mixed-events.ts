import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import { recorded } from '../../schemas/testing.ts';
import { ingested } from './records.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');

/** The `index`-th of an endless row of events of many streams, whose projections have one row for each or several. */
export const mixedEvent = (index: number): RecordedEvent =>
  recorded(factOf(index), index, START + index) as RecordedEvent;

function factOf(index: number): NewEvent {
  const ids = { model: 'm', version: 'v1.0.0' };
  switch (index % 5) {
    case 0:
      return ingested(`paper-${index}`, {}, index);
    case 1:
      return newEvent('SampleDeduplicated', {
        task: 'arxiv',
        recordId: `paper-${index}`,
        duplicateOf: 'paper-0',
        matchedBy: 'title',
        similarity: 1,
        isEstimate: false,
        replaces: false,
        revision: null,
        revisedAt: null,
      });
    case 2:
      return newEvent('PredictionServed', {
        requestId: `request-${index}`,
        instanceId: null,
        ...ids,
        label: 'cs.LG',
        value: null,
        confidence: 0.5,
        latencyMs: 1.5,
        scores: {},
        features: { textLength: 100, rareWordShare: 0.1 },
        ...DIRECT,
        route: 'predict',
        inputHash: null,
        input: null,
        instant: START,
      });
    case 3:
      return newEvent('OutcomeReported', {
        requestId: `request-${index - 1}`,
        label: 'cs.LG',
        value: null,
        reportedAt: START,
        source: 'test',
      });
    default:
      return newEvent('DriftMeasured', {
        monitorId: 'm/drift',
        ...ids,
        window: index,
        predictions: 1,
        from: START,
        to: START,
        features: ['textLength', 'confidence'].map((feature) => ({
          feature,
          slice: null,
          auroc: null,
          expectedAuroc: null,
          psi: 0.1,
          expectedPsi: 0.05,
          pValue: 0.5,
          drifted: false,
          adjustedPValue: 1,
          edges: [0, 1],
          categories: [],
          referenceCounts: [1, 0],
          windowCounts: [1, 0],
        })),
        policyVersion: 0,
      });
  }
}

/** How many rows `events` and each projection have once the first `count` events are in them exactly once. */
export function rowsAfter(count: number): Record<string, number> {
  const of = (remainder: number) => Math.ceil((count - remainder) / 5);
  return {
    events: count,
    records: of(0),
    samples: of(1),
    predictions: of(2),
    prediction_counts: 2 * 3 * of(2), // a label, a confidence and a latency each, in a minute and in an hour
    outcomes: of(3),
    drift: 2 * of(4),
  };
}
