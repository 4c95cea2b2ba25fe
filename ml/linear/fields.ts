import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import { type InstanceSchema, textFields } from '../instance/schema.ts';
import type { TextBlock, WeightedField } from '../text/weighted.ts';
import type { LinearParameters } from './parameters.ts';

const ENTRY = /^([^=]+?)(?:=([^=]+))?$/;

/**
 * The blocks that texts are featurised in. Without `fields` one of all text fields but those that must be named, the first
 * of several counting `titleWeight` times. An entry of `fields` is a block: `title`, `authors=0.8` with its weight, or
 * `title+title+body` of several fields, each as often as it is named.
 *
 * @throws InvalidInput `parameter` for an entry that is none of these, or a field that is not a text of the task
 */
export function blocksOf(
  schema: InstanceSchema,
  { fields, titleWeight }: Pick<LinearParameters, 'fields' | 'titleWeight'>,
): TextBlock[] {
  if (fields.length === 0) {
    const names = textFields(schema);
    const weighted = names.map((name, at) => ({
      name,
      weight: at === 0 && names.length > 1 ? titleWeight : 1,
    }));
    return [{ fields: weighted, weight: 1 }];
  }
  return fields.map((entry) => blockOf(entry, schema));
}

function blockOf(entry: string, schema: InstanceSchema): TextBlock {
  const [, names = '', text = '1'] = ENTRY.exec(entry) ?? [];
  const weight = Number(text);
  if (names === '' || !(weight > 0) || !Number.isFinite(weight)) {
    throw refused(`takes a field, field=weight with a weight above 0, or fields joined by +; not '${entry}'`);
  }
  const named = names.split('+').map((name) => textField(name.trim(), schema));
  const fields = [...new Set(named)].map(
    (name): WeightedField => ({ name, weight: named.filter((other) => other === name).length }),
  );
  return { fields, weight };
}

function textField(name: string, { fields }: InstanceSchema): string {
  if (fields[name]?.type === 'text') return name;
  const texts = Object.keys(fields).filter((field) => fields[field]!.type === 'text');
  throw refused(
    `names '${name}', which is no text of the task${didYouMean(name, texts)}; there are: ${texts.join(', ')}`,
  );
}

const refused = (reason: string) => new InvalidInput('parameter', `fields ${reason}`);
