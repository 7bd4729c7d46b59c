import { type LogLine, logLine } from '@skerry/contracts';
import type { Ports } from '@skerry/kit';
import type { SiteOptions } from '../check/site.ts';
import type { CommandHelpers } from './actions.ts';

/** Loaded when they are first asked for: few devices ever are. */
export function commandHelpers(
  options: Omit<SiteOptions, 'ports'> & { readonly ports: Ports },
): CommandHelpers {
  const { ports, folder, env } = options;
  return {
    async check() {
      const { checkAll } = await import('../check/check-verb.ts');
      return checkAll(options);
    },
    async lineScrubber() {
      const [{ findSecrets }, { scrubber }] = await Promise.all([
        import('../support/known-secrets.ts'),
        import('../support/scrub.ts'),
      ]);
      const { json } = scrubber(await findSecrets({ disk: ports.disk, folder, env, values: [] }));
      return (line): LogLine => logLine.parse(json(line));
    },
  };
}
