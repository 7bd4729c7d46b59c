import type { Stage } from './stage.ts';

/** Where a program runs, besides on its stage. */
export interface Surroundings {
  /** A command that runs another: `nsenter --net=…`. */
  readonly through?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** The same stage, for programs that run behind a link or by a clock of their own. */
export function within(stage: Stage, { through, env }: Surroundings): Stage {
  return {
    ...stage,
    start: (program) => stage.start({ ...program, through, env: { ...env, ...program.env } }),
  };
}
