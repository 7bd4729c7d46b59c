import { z } from 'zod';

/** How long a thread that is pinned to a core has to wait for it. */
export const coreLatency = z.object({
  /** CPU number, as Linux counts them from 0. */
  core: z.number().int().nonnegative(),
  /** How much later than asked for a sleeping thread ran again. */
  p50Us: z.number().nonnegative(),
  p99Us: z.number().nonnegative(),
  /** The longest that a thread waited for the core, when waking up or in the middle of its work. */
  longestUs: z.number().nonnegative(),
  /** Part of the time that a busy thread lost to others and to interrupts: 0 … 1. */
  lost: z.number().min(0).max(1),
});
export type CoreLatency = z.infer<typeof coreLatency>;

/** What the runtime's probe of the cores writes to stdout, as one line. */
export const coreReport = z.object({
  cores: z.array(coreLatency).min(1),
  /** The core that loses the least, and of equals the one that wakes the soonest. */
  quietest: z.number().int().nonnegative(),
});
export type CoreReport = z.infer<typeof coreReport>;
