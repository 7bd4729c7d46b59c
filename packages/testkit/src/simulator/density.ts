/** How much happens in a history. */
export interface Density {
  /** To each device, on average. */
  readonly deviceFaultsADay: number;
  readonly hubFaultsADay: number;
  readonly deployEveryMs: number;
  /** What people ask of each device, on average. */
  readonly asksADay: number;
}

const HOUR = 3_600_000;

/** The standard device's. */
const standard: Density = { deviceFaultsADay: 2, hubFaultsADay: 0.5, deployEveryMs: 168 * HOUR, asksADay: 1 };
/** Faults within each other, and within the minutes after a deployment or a command: what the standard device sees in years. */
const dense: Density = { deviceFaultsADay: 6, hubFaultsADay: 1, deployEveryMs: 1.5 * HOUR, asksADay: 12 };

export const densityOf = (plan: { readonly dense?: boolean }): Density => (plan.dense ? dense : standard);
