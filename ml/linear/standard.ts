/** How numbers are standardised: (x − mean) / deviation. */
export interface Standard {
  readonly mean: number;
  readonly deviation: number;
}
