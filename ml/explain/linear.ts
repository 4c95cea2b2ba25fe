import { parseColumns, tableOf } from '../adapters/tabular.ts';
import { blocksIn } from '../adapters/tfidf.ts';
import { parseFeatures, type TextFeaturiser } from '../features/features-file.ts';
import { termAt } from '../features/vocabulary.ts';
import type { Instance } from '../instance/schema.ts';
import { weightsIn } from '../linear/start.ts';
import { log1p } from '../linear/table.ts';
import type { ModelPackage } from '../package/validate.ts';
import { weightedText } from '../text/weighted.ts';
import type { MarginExplainer, Margins } from './explanation.ts';
import { scaledMargins, sumsByField } from './margins.ts';

/** What the weights of a linear model add: term by term of a text, column by column of a table. Both are exact. */
export function linearExplainer(pkg: ModelPackage): MarginExplainer {
  const isText = pkg.signature.adapter.name === 'tfidf';
  return { method: 'linear', marginsOf: isText ? textMargins(pkg) : tableMargins(pkg) };
}

function textMargins(pkg: ModelPackage): (instance: Instance) => Margins {
  const { signature, adapterData } = pkg;
  const { bias, constants, weightsOf } = weightsIn(pkg);
  const blocks = blocksIn(signature.adapter, signature.instance);
  const featurisers = parseFeatures(adapterData);
  const scale = scaledMargins(signature.task, constants);
  return (instance) => {
    let first = 0;
    const parts = blocks.flatMap(({ fields, weight }, at) => {
      const featuriser = featurisers[at]!;
      const text = weightedText(instance, fields);
      const { indices, values } = featuriser.featurise(text);
      const nameOf = namesOfTerms(featuriser, text);
      const prefix = blocks.length === 1 ? '' : `${fields.map(({ name }) => name).join('+')}: `;
      const own = Array.from(indices, (index, entry) => {
        const value = values[entry]! * weight;
        const margins = Float64Array.from(
          weightsOf(first + index) ?? bias.map(() => 0),
          (each) => value * each,
        );
        return { feature: `${prefix}${nameOf(index)}`, value, margins };
      });
      first += featuriser.columns;
      return own;
    });
    return scale({ base: Float64Array.from(bias), parts });
  };
}

/** The terms by their feature: one of a vocabulary, or those of the text that share a hash. */
function namesOfTerms(featuriser: TextFeaturiser, text: string): (feature: number) => string {
  if (featuriser.kind === 'exact') return (feature) => termAt(featuriser.vocabulary, feature);
  const terms = featuriser.termsOf(text);
  return (feature) => [...(terms.get(feature) ?? [])].join(' | ');
}

function tableMargins(pkg: ModelPackage): (instance: Instance) => Margins {
  const { signature, adapterData } = pkg;
  const { bias, constants, weightsOf } = weightsIn(pkg);
  const columns = parseColumns(adapterData, signature.instance.fields);
  const scale = scaledMargins(signature.task, constants);
  const list = (name: string) => [...(constants.get(name) ?? [])];
  const [numbers, indicators] = [list('number_columns'), list('indicator_columns')];
  const isLogged = list('is_logged');
  const [means, deviations] = [list('means'), list('deviations')];
  const [hotColumns, hotCodes] = [list('hot_columns'), list('hot_codes')];
  const featuresOf = (row: Float32Array): { column: number; value: number }[] => [
    ...numbers.map((column, at) => ({
      column,
      value: Number.isNaN(row[column])
        ? 0
        : ((isLogged[at] ? log1p(row[column]!) : row[column]!) - means[at]!) / deviations[at]!,
    })),
    ...indicators.map((column) => ({ column, value: Number(Number.isNaN(row[column])) })),
    ...hotColumns.map((column, at) => ({ column, value: Number(row[column] === hotCodes[at]) })),
  ];
  return (instance) => {
    const parts = featuresOf(tableOf(columns, [instance]).values).map(({ column, value }, feature) => ({
      field: columns[column]!.field,
      margins: Float64Array.from(weightsOf(feature) ?? bias.map(() => 0), (weight) => weight * value),
    }));
    return scale({ base: Float64Array.from(bias), parts: sumsByField(parts, instance) });
  };
}
