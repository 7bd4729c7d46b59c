import type { Ports } from '@skerry/kit';
import type { Finding } from '../check/finding.ts';
import { nodeProbes } from '../check/ports/node-probes.ts';
import { runChecks } from '../check/run-checks.ts';
import { lookAround, type SiteOptions } from '../check/site.ts';
import { agentError } from '../errors.ts';
import { makeBundle } from './bundle.ts';
import { collect } from './contents.ts';
import { findSecrets } from './known-secrets.ts';
import { systemFacts } from './ports/system-facts.ts';
import { writeNew } from './ports/write-new.ts';
import { scrubber } from './scrub.ts';

export interface BundleOptions extends Omit<SiteOptions, 'ports'> {
  readonly ports: Ports;
  readonly file: string;
  readonly agentVersion: string;
}

/** Writes the bundle; resolves with its bytes. Rejects with `NotFound` without a state folder, or with `Conflict` where the file is there. */
export async function writeBundle(options: BundleOptions): Promise<number> {
  const { ports, folder, env, file, agentVersion } = options;
  if ((await ports.disk.stat(folder))?.kind !== 'folder')
    throw agentError('NotFound', `there is no state folder ${folder}`, { next: 'Name it with --state.' });
  if (await ports.disk.stat(file))
    throw agentError('Conflict', `${file} is there already`, {
      next: 'Name another file, or remove that one.',
    });
  const site = await lookAround({ ...options, ports: { ...ports, probes: nodeProbes() } });
  const findings: Finding[] = [];
  for await (const finding of runChecks(site)) findings.push(finding);
  const contents = await collect({ site, findings, system: systemFacts(), agentVersion });
  const values = contents.flatMap((content) => ('json' in content ? [content.json] : []));
  const scrub = scrubber(await findSecrets({ disk: ports.disk, folder, env, values }));
  const bundle = await makeBundle(contents, scrub, {
    compression: ports.compression,
    now: ports.clock.now(),
  });
  await writeNew(file, bundle);
  return bundle.length;
}
