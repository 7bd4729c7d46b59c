/**
 * The line nearest to the points: its value at 0 and its slope, neither below 0. Through the origin where there is one
 * point alone.
 *
 * @param xs  at least one, all different
 */
export function lineThrough(
  xs: readonly number[],
  yOf: (x: number) => number,
): [base: number, slope: number] {
  const [first] = xs as [number];
  if (xs.length === 1) return [0, yOf(first) / first];
  const meanOf = (value: (x: number) => number) => xs.reduce((sum, x) => sum + value(x), 0) / xs.length;
  const x = meanOf((each) => each);
  const y = meanOf(yOf);
  const spread = meanOf((each) => (each - x) ** 2);
  const slope = Math.max(0, meanOf((each) => (each - x) * (yOf(each) - y)) / spread);
  return [Math.max(0, y - slope * x), slope];
}
