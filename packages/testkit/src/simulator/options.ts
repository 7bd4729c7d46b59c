import { parseArgs } from 'node:util';
import { durationMs } from '@skerry/contracts';
import { z } from 'zod';
import { type DensityName, densities } from './density.ts';

export const usage = `Runs fleets in simulated time, one history for each seed, and holds them against what Skerry promises.

  --seed N      the seed to begin with (default 1)
  --days N      days of a history (default 90; with --for 1 to 45, as the seed says; a storm: up to one)
  --devices N   devices of a history (default 200; with --for 1 to 20; a storm: one or two)
  --for TIME    explore one seed after the other for so long, such as 10m
  --density D   standard (the default); dense: three times the faults, a deployment every 90 minutes, a
                command every two hours; storm: forty faults a day to each, and a command every 24 minutes,
                for some hours. Both find more in less time; their device-years are not the standard device's
  --json        one JSON object on stdout
  --whole       print a history that fails as it is, without looking for the shortest

Example: npm run simulate -- --for 10m --density storm
`;

const options = z.strictObject({
  seed: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  days: z.coerce.number().positive().max(36_525).optional(),
  devices: z.coerce.number().int().min(1).max(100_000).optional(),
  for: durationMs.optional(),
  density: z.enum(Object.keys(densities) as [DensityName]),
  json: z.boolean(),
  whole: z.boolean(),
});
/** Of `days` and `devices` what is absent is for the seed to say; `for` in ms. */
export type SimulateOptions = z.infer<typeof options>;

/** Throws with what is wrong with the arguments. */
export function readOptions(args: readonly string[]): SimulateOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      days: { type: 'string' },
      devices: { type: 'string' },
      for: { type: 'string' },
      density: { type: 'string', default: 'standard' },
      json: { type: 'boolean', default: false },
      whole: { type: 'boolean', default: false },
    },
  });
  const read = options.safeParse(values);
  if (!read.success) throw new Error(z.prettifyError(read.error), { cause: read.error });
  const one = read.data.for === undefined ? { days: 90, devices: 200 } : {};
  return { ...one, ...read.data };
}
