type Numbers = Float32Array | Float64Array;

/** The Euclidean norm of all gradients together: not finite when one of them is not. */
export function gradientNorm(gradients: readonly Numbers[]): number {
  let squares = 0;
  for (const gradient of gradients) {
    for (let at = 0; at < gradient.length; at++) squares += gradient[at]! * gradient[at]!;
  }
  return Math.sqrt(squares);
}

/**
 * Shortens gradients in place, all by the same factor, to a norm of at most `maxNorm` (0: as long as they are), as
 * `torch.nn.utils.clip_grad_norm_` does.
 *
 * @returns the norm before
 */
export function clipGradients(gradients: readonly Numbers[], maxNorm: number): number {
  const norm = gradientNorm(gradients);
  const factor = maxNorm / (norm + 1e-6);
  if (maxNorm === 0 || !(factor < 1)) return norm;
  for (const gradient of gradients) {
    for (let at = 0; at < gradient.length; at++) gradient[at]! *= factor;
  }
  return norm;
}
