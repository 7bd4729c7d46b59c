import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { lackOf } from './commands-here.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** Why {@link openNetworkLink} cannot work here, or undefined. */
export const noNetworkLink = lackOf('unshare', 'nsenter', 'ip', 'tc', 'iptables', 'ping');

/** Where whoever stands at the near end is reached through every link. */
export const nearAddress = '10.83.0.1';

/** A wire to a network namespace of its own, the far end, that can be cut and made bad. */
export interface NetworkLink {
  /** In front of a command: it then runs at the far end. */
  readonly through: readonly string[];
  /** Takes the link down. */
  cut(): Promise<void>;
  /** The far end loses so many percent of the packets that come in. */
  lose(percent: number): Promise<void>;
  /** Lets so many kbit/s out of the far end. */
  slow(kbit: number): Promise<void>;
  /** As it was at first. */
  mend(): Promise<void>;
  /** From the far end: how many of so many pings of 1,000 bytes got no answer within a second, and the slowest, in ms. */
  ping(count: number): Promise<{ readonly lost: number; readonly slowestMs: number }>;
}

/** Makes {@link nearAddress} answer in our own network namespace; once, before the first link. */
export async function prepareNearEnd(): Promise<void> {
  await run('ip', ['link', 'set', 'lo', 'up']);
  await run('ip', ['addr', 'replace', `${nearAddress}/32`, 'dev', 'lo']);
}

/** `index`, 1 to 250, tells links apart. The far end lasts as long as the stage. */
export async function openNetworkLink(stage: Stage, index: number): Promise<NetworkLink> {
  const holder = stage.start({
    name: `link ${index}`,
    command: 'unshare',
    args: ['--net', 'sleep', 'infinity'],
  });
  const through = ['nsenter', `--net=/proc/${holder.pid}/ns/net`];
  const far = ([command, ...args]: readonly string[]) => run(through[0]!, [through[1]!, command!, ...args]);
  const near = `near${index}`;
  const networkOf = (process: number | string) => readlinkSync(`/proc/${process}/ns/net`);
  const isApart = () => networkOf(holder.pid) !== networkOf('self');
  await until(isApart, { what: 'the far end is a network of its own' });
  await run('ip', ['link', 'add', near, 'type', 'veth', 'peer', 'name', 'wan', 'netns', String(holder.pid)]);
  await run('ip', ['addr', 'add', `10.83.${index}.1/30`, 'dev', near]);
  await run('ip', ['link', 'set', near, 'up']);
  await far(['ip', 'link', 'set', 'lo', 'up']);
  await far(['ip', 'addr', 'add', `10.83.${index}.2/30`, 'dev', 'wan']);
  await far(['ip', 'link', 'set', 'wan', 'up']);
  await far(['ip', 'route', 'add', 'default', 'via', `10.83.${index}.1`]);
  const drop = ['INPUT', '-i', 'wan', '-m', 'statistic', '--mode', 'random', '--probability'];
  return {
    through,
    cut: async () => void (await run('ip', ['link', 'set', near, 'down'])),
    lose: async (percent) =>
      void (await far(['iptables', '-A', ...drop, String(percent / 100), '-j', 'DROP'])),
    slow: async (kbit) =>
      void (await far([
        ...['tc', 'qdisc', 'replace', 'dev', 'wan', 'root', 'tbf'],
        ...['rate', `${kbit}kbit`, 'burst', '16kbit', 'latency', '500ms'],
      ])),
    async mend() {
      await run('ip', ['link', 'set', near, 'up']);
      await far(['iptables', '-F', 'INPUT']);
      // Fails where there is none.
      await far(['tc', 'qdisc', 'del', 'dev', 'wan', 'root']).catch(() => {});
    },
    async ping(count) {
      const args = ['ping', '-q', '-c', String(count), '-i', '0.05', '-W', '1', '-s', '972', nearAddress];
      const { stdout } = await far(args).catch((error: { stdout: string }) => error);
      const answered = Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
      const slowest = /= [\d.]+\/[\d.]+\/([\d.]+)/.exec(stdout)?.[1];
      return { lost: count - answered, slowestMs: Number(slowest ?? Number.POSITIVE_INFINITY) };
    },
  };
}
