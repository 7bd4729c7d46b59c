import { parseCaptureRule } from '@skerry/contracts';
import type { CaptureBudget } from '../../capture/budget.ts';
import { failure } from '../../errors.ts';
import type { Stage } from '../frame.ts';

/** Keeps a frame for learning when the rule says so and this hour's budget has room. */
export function captureStage(when: string, budget: CaptureBudget, stage: number): Stage {
  const rule = parseCaptureRule(when);
  if (!rule) throw failure('InvalidFile', `capture: ${when} is no rule such as: confidence < 0.8`);
  return (work) => {
    if (!rule(work.answer!) || !budget.take()) return;
    work.kept ??= [];
    work.kept.push({ stage, reason: when });
  };
}
