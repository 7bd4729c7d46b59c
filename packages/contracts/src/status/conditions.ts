import { z } from 'zod';
import { instant } from '../names.ts';

/**
 * Conditions of a device, in the order in which people see them. They are independent of each other. `Unique` is
 * the hub's, and there only while it is not true: the device was restored or cloned, and nobody has looked yet.
 */
export const conditionTypes = ['Connected', 'UpToDate', 'Ready', 'Recording', 'TimeKnown', 'Unique'] as const;
export type ConditionType = (typeof conditionTypes)[number];

/** A Kubernetes-style condition. `reason` is a code of the catalogue; a reader accepts later ones. */
export const condition = z.object({
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(64),
  message: z.string().max(1024),
  lastTransitionTime: instant,
});
export type Condition = z.infer<typeof condition>;
