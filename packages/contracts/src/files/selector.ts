import { z } from 'zod';
import { type Labels, labels } from '../names.ts';

const requirement = z.strictObject({
  key: z.string().min(1),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).default([]),
});

/** A label selector as Kubernetes has it. An empty one selects everything. */
export const selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z.array(requirement).max(64).optional(),
});
export type Selector = z.infer<typeof selector>;

/** Whether every requirement of the selector holds for the labels. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, own: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(own, key) === value) &&
    matchExpressions.every((expression) => holds(expression, labelOf(own, expression.key)))
  );
}

function labelOf(own: Labels, key: string): string | undefined {
  return Object.hasOwn(own, key) ? own[key] : undefined;
}

function holds({ operator, values }: z.infer<typeof requirement>, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
