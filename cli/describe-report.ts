import type { Report } from '../operations/production.ts';

/** A serving report as text. */
export function describeReport({ type, data }: Report): string {
  const { instance, model } = data;
  if (type === 'VersionServing') return `${instance} serves ${data.version}`;
  if (type === 'ServingEnded') return `${instance} serves ${model} no more`;
  const instead = data.served === null ? 'no version answers' : `${data.served} answers instead`;
  return `${instance} cannot serve ${data.version}, ${instead}: ${data.reason}`;
}
