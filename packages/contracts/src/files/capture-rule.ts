const numeric = /^confidence\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)$/;
const textual = /^label\s*(==|!=)\s*"([^"]*)"$/;

export interface Answer {
  readonly label?: string | undefined;
  /** 0 to 1. */
  readonly confidence?: number | undefined;
}

/** Whether a model's answer is to be kept. */
export type CaptureRule = (answer: Answer) => boolean;

/**
 * The rule in a text such as `confidence < 0.8`, `label == "7"`, or several joined by `and`;
 * undefined when it is none. An answer without the value that is asked for never matches.
 */
export function parseCaptureRule(text: string): CaptureRule | undefined {
  const parts = text.split(/\s+and\s+/).map((part) => parsePart(part.trim()));
  if (parts.some((part) => part === undefined)) return undefined;
  return (answer) => parts.every((part) => part?.(answer));
}

function parsePart(text: string): CaptureRule | undefined {
  const [, operator, bound] = numeric.exec(text) ?? [];
  if (operator && bound)
    return ({ confidence }) => confidence !== undefined && compare(confidence, operator, Number(bound));
  const [, equality, label] = textual.exec(text) ?? [];
  if (equality)
    return (answer) => answer.label !== undefined && (answer.label === label) === (equality === '==');
  return undefined;
}

function compare(value: number, operator: string, bound: number): boolean {
  if (operator === '<') return value < bound;
  if (operator === '<=') return value <= bound;
  return operator === '>' ? value > bound : value >= bound;
}
