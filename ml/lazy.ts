/** A value that is made when it is first asked for: a library that few commands need, so that the others start sooner. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
