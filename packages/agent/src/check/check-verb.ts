import type { Ports } from '@skerry/kit';
import { findingText, summaryText } from './check-text.ts';
import type { Finding } from './finding.ts';
import { nodeProbes } from './ports/node-probes.ts';
import { runChecks } from './run-checks.ts';
import { lookAround, type SiteOptions } from './site.ts';

export interface CheckVerbOptions extends Omit<SiteOptions, 'ports'> {
  readonly ports: Ports;
  readonly json: boolean;
  /** Where a person's lines go as they come. */
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
}

/** Carries out the checks and says what they found; true when nothing failed. */
export async function checkAndTell({ json, out, ...options }: CheckVerbOptions): Promise<boolean> {
  const colour = out.isTTY === true && !options.env.NO_COLOR;
  const onFinding = (finding: Finding) => json || out.write(`${findingText(finding, colour)}\n`);
  const result = await checkAll(options, onFinding);
  out.write(json ? `${JSON.stringify(result)}\n` : `${summaryText(result.findings)}\n`);
  return result.ok;
}

/** Carries out the checks of a real device. */
export async function checkAll(
  { ports, ...options }: Omit<SiteOptions, 'ports'> & { readonly ports: Ports },
  onFinding: (finding: Finding) => unknown = () => {},
): Promise<{ ok: boolean; findings: Finding[] }> {
  const site = await lookAround({ ...options, ports: { ...ports, probes: nodeProbes() } });
  const findings: Finding[] = [];
  for await (const finding of runChecks(site)) {
    findings.push(finding);
    onFinding(finding);
  }
  return { ok: findings.every(({ status }) => status !== 'fail'), findings };
}
