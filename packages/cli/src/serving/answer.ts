import type { OipResponse } from '@skerry/contracts';
import { type Column, table } from '../render/table.ts';

type Output = OipResponse['outputs'][number];
interface Score {
  readonly index: number;
  readonly score: number;
}

const shownScores = 5;
const shownValues = 8;

/** Lines that show an answer: the highest scores of what looks like a classification, the first values of the rest. */
export function answerLines({ outputs, model_name, model_version }: OipResponse, width: number): string[] {
  const version = model_version === undefined ? '' : `:${model_version}`;
  return [`${model_name}${version}`, ...outputs.flatMap((output) => outputLines(output, width))];
}

function outputLines({ name, datatype, shape, data }: Output, width: number): string[] {
  const head = `${name}  ${datatype} [${shape.join(', ')}]`;
  const scores = scoresOf({ name, datatype, shape, data });
  if (scores) return [head, ...table(scores, scoreColumns, { width })];
  const flat = data.flat(Number.POSITIVE_INFINITY);
  const values = flat.slice(0, shownValues).map((value) => JSON.stringify(value));
  return [head, `  ${values.join(' ')}${flat.length > shownValues ? ' …' : ''}`];
}

/** One row of more than one number between 0 and 1 is taken for probabilities. */
function scoresOf({ datatype, shape, data }: Output): Score[] | undefined {
  const values = data.flat(Number.POSITIVE_INFINITY) as number[];
  const isRow = datatype.startsWith('FP') && values.length > 1 && shape.at(-1) === values.length;
  if (!isRow || values.some((value) => !(value >= 0 && value <= 1))) return undefined;
  const scores = values.map((score, index) => ({ index, score }));
  return scores.sort((a, b) => b.score - a.score).slice(0, shownScores);
}

const scoreColumns: Column<Score>[] = [
  { title: 'CLASS', text: (it) => String(it.index), align: 'right' },
  { title: 'SCORE', text: (it) => it.score.toFixed(4), align: 'right' },
  { title: '', text: (it) => '█'.repeat(Math.round(it.score * 20)) },
];
