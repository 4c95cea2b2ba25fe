/** Ten primary categories of computer science. */
export const CATEGORIES = [
  'cs.AI',
  'cs.CL',
  'cs.CR',
  'cs.CV',
  'cs.DB',
  'cs.DC',
  'cs.LG',
  'cs.NE',
  'cs.RO',
  'cs.SE',
] as const;
