import type { AgentStatus } from '../agent.ts';
import { bytesText } from '../check/figures.ts';

/** What a person on the machine wants to know, line by line, within 80 columns where names allow it. */
export function statusText({ device, link, reported }: AgentStatus): string {
  const head = `${device.name} · project ${device.project} · hub ${device.addresses[0]}`;
  const conditions = Object.entries(reported?.conditions ?? {}).flatMap(([name, condition]) =>
    condition ? [row(name, words[condition.status], `${condition.reason}: ${condition.message}`)] : [],
  );
  const models = Object.entries(reported?.models ?? {}).map(([name, { serving, target }]) => {
    const goal =
      target && `; ${target.version} ${target.phase}${target.message ? `: ${target.message}` : ''}`;
    return row(
      'model',
      serving ? `${name}:${serving.version}` : name,
      `${serving ? 'Serving' : 'not serving'}${goal ?? ''}`,
    );
  });
  const pipelines = Object.entries(reported?.pipelines ?? {}).map(([name, { phase, url, frames }]) =>
    row('pipeline', name, [phase, `${frames} frames`, url].filter(Boolean).join(', ')),
  );
  const streams = Object.entries(reported?.streams ?? {}).map(([name, { acknowledged, waiting, dropped }]) =>
    row('stream', name, `${acknowledged - dropped} delivered, ${waiting} waiting${ofDropped(dropped)}`),
  );
  const connected = row('Connected', link.connected ? 'yes' : 'no', `${link.detail}${ofNextTry(link)}`);
  return [head, connected, ...conditions, ...models, ...pipelines, ...streams, ...outboxRows(reported)].join(
    '\n',
  );
}

const ofNextTry = ({ nextTryMs }: AgentStatus['link']) =>
  nextTryMs === undefined ? '' : `; next try in ${Math.ceil(nextTryMs / 1000)} s`;

const ofDropped = (count: number) => (count > 0 ? `, ${count} dropped` : '');

/** What waits as bytes, and what the runtime gave up since it was started. */
function outboxRows(reported: AgentStatus['reported']): string[] {
  if (!reported?.outbox) return [];
  const { bytes, quota, drops = [] } = reported.outbox;
  return [
    row('outbox', bytesText(bytes), `of ${bytesText(quota)}`),
    ...drops.map(({ stream, reason, count }) => row('given up', `runtime/${stream}`, `${count}: ${reason}`)),
  ];
}

const words = { True: 'yes', False: 'no', Unknown: '?' } as const;

const row = (kind: string, name: string, text: string) => `${kind.padEnd(10)} ${name.padEnd(16)} ${text}`;
