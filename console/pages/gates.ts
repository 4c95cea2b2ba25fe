import { number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Badge, Table } from '../ui/parts.ts';

/** A bound of a policy, and what was measured. */
export interface Check {
  metric: string;
  rule: string;
  value: number | null;
  comparison: string;
  threshold: number | null;
  unit: string;
  level: string;
  passed: boolean;
  reason: string;
}

/** Each bound with its number. */
export const GateTable = ({ caption, checks }: { caption: string; checks: readonly Check[] }): View =>
  html`<${Table} caption=${caption} rows=${checks} empty="The policy has no bound." columns=${[
    { name: 'metric', cell: ({ metric, rule }: Check) => `${metric} (${rule})` },
    { name: 'measured', isNumber: true, cell: ({ value }: Check) => number(value) },
    {
      name: 'bound',
      isNumber: true,
      cell: ({ comparison, threshold, unit }: Check) => `${comparison} ${number(threshold)} ${unit}`,
    },
    {
      name: 'verdict',
      cell: ({ passed, level }: Check) =>
        html`<${Badge} kind=${passed ? 'good' : level === 'critical' ? 'bad' : 'warn'} text=${passed ? 'kept' : level} />`,
    },
    { name: 'in words', cell: ({ reason }: Check) => reason },
  ]} />`;
