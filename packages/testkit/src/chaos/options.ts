import { parseArgs } from 'node:util';
import { durationMs } from '@skerry/contracts';
import { z } from 'zod';

const options = z.strictObject({
  /** How long to break things, in ms. */
  for: durationMs,
  kills: z.coerce.number().int().min(0).max(10_000),
  devices: z.coerce.number().int().min(1).max(20),
  seed: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  json: z.boolean(),
});
export type ChaosOptions = z.infer<typeof options>;

export const usage = `Usage: npm run chaos -- [--for 10m] [--kills 200] [--devices 3] [--seed N] [--json]

  --for TIME   how long to break things (default 10m)
  --kills N    kills of agents, runtimes and the hub in that time (default 200)
  --devices N  devices, 1 to 20 (default 3)
  --seed N     the plan to follow (default: another one each time; it is printed)
  --json       one JSON object on stdout

Example: npm run chaos -- --for 2m --kills 40
`;

/** Throws with what is wrong with the arguments. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      for: { type: 'string', default: '10m' },
      kills: { type: 'string', default: '200' },
      devices: { type: 'string', default: '3' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      json: { type: 'boolean', default: false },
    },
  });
  const read = options.safeParse(values);
  if (!read.success) throw new Error(z.prettifyError(read.error), { cause: read.error });
  return read.data;
}
