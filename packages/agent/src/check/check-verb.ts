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
export async function checkAndTell(options: CheckVerbOptions): Promise<boolean> {
  const { ports, json, out, env } = options;
  const site = await lookAround({ ...options, ports: { ...ports, probes: nodeProbes() } });
  const findings: Finding[] = [];
  const colour = out.isTTY === true && !env.NO_COLOR;
  for await (const finding of runChecks(site)) {
    findings.push(finding);
    if (!json) out.write(`${findingText(finding, colour)}\n`);
  }
  const ok = findings.every(({ status }) => status !== 'fail');
  out.write(json ? `${JSON.stringify({ ok, findings })}\n` : `${summaryText(findings)}\n`);
  return ok;
}
