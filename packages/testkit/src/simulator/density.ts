/** How much happens in a history. */
export interface Density {
  /** To each device, on average. */
  readonly deviceFaultsADay: number;
  readonly hubFaultsADay: number;
  /** No fault lasts longer; what would have to is left out. */
  readonly longestMs: number;
  readonly deployEveryMs: number;
  /** What people ask of each device, on average. */
  readonly asksADay: number;
  /** Of explored histories: from and to. */
  readonly days: readonly [number, number];
  readonly mostDevices: number;
}

const HOUR = 3_600_000;
const usual = { longestMs: Number.POSITIVE_INFINITY, days: [1, 45], mostDevices: 20 } as const;

export const densities = {
  /** The standard device's. */
  standard: { ...usual, deviceFaultsADay: 2, hubFaultsADay: 0.5, deployEveryMs: 168 * HOUR, asksADay: 1 },
  /** Faults within each other, and within the minutes after a deployment or a command: what the standard device sees in years. */
  dense: { ...usual, deviceFaultsADay: 6, hubFaultsADay: 1, deployEveryMs: 1.5 * HOUR, asksADay: 12 },
  /** One fault within the other, without a pause, and people who are never at rest. */
  storm: {
    deviceFaultsADay: 40,
    hubFaultsADay: 8,
    longestMs: 2 * HOUR,
    deployEveryMs: 1.5 * HOUR,
    asksADay: 60,
    days: [0.25, 1],
    mostDevices: 2,
  },
} satisfies Record<string, Density>;
export type DensityName = keyof typeof densities;

export const densityOf = ({
  density = 'standard',
}: {
  readonly density?: DensityName | undefined;
}): Density => densities[density];
