/**
 * The media type that a client accepts best (RFC 9110, header Accept): the first of those with the highest weight, or the
 * first of all when it accepts none of them, which is better than no answer.
 */
export function mediaType<Type extends string>(
  accept: string | undefined,
  types: readonly [Type, ...Type[]],
): Type {
  const ranges = (accept ?? '*/*').split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
    return { name, weight: weight === undefined ? 1 : Number(weight) || 0 };
  });
  const weightOf = (type: string): number => {
    const names = [type, `${type.split('/')[0]}/*`, '*/*']; // the more precise one counts
    for (const name of names) {
      const range = ranges.find((range) => range.name === name);
      if (range) return range.weight;
    }
    return 0;
  };
  return types.reduce((best, type) => (weightOf(type) > weightOf(best) ? type : best));
}
