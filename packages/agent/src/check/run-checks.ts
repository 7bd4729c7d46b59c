import { withDeadline } from '@skerry/kit';
import { type Check, checks } from './checks.ts';
import { type Finding, type Found, failedBy } from './finding.ts';
import type { Site } from './site.ts';

/** Findings as they are made, check after check. One that cannot be carried out is a failure itself. */
export async function* runChecks(site: Site, list: readonly Check[] = checks): AsyncGenerator<Finding> {
  const hasFolder = (await site.ports.disk.stat(site.folder))?.kind === 'folder';
  for (const { name, run, deadlineMs, inFolder } of list) {
    if (inFolder && !hasFolder) continue;
    const running = withDeadline(run(site), deadlineMs, site.ports.clock, `checking ${name}`);
    const found = await running.catch((error): Found[] => [failedBy(error)]);
    for (const one of found) yield { check: name, ...one };
  }
}
