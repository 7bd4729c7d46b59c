import {
  type DeviceAddress,
  type DownKind,
  downKinds,
  parseTopic,
  type UpKind,
  upKinds,
} from '@skerry/contracts';

/** What a connection may try: a will is published on its behalf, a forward is a message that it would receive. */
export type Action = 'publish' | 'will' | 'subscribe' | 'forward';

export interface Attempt {
  readonly action: Action;
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

interface Rule {
  readonly action: Action;
  readonly direction: 'up' | 'down';
  readonly kinds: readonly (UpKind | DownKind)[];
}

/**
 * All that a device may do, each on its own topics alone: `skerry/v1/{projectId}/{deviceId}/{direction}/{kind}`.
 * What no rule allows is refused: wills, wildcards, `$SYS`, other people's topics.
 */
export const rules: readonly Rule[] = [
  { action: 'publish', direction: 'up', kinds: upKinds },
  { action: 'subscribe', direction: 'down', kinds: downKinds },
  { action: 'forward', direction: 'down', kinds: downKinds },
];

const MOST_QOS = 1;

/** Whether `device` may do it. Pure, so that an outside broker can be given the same table. */
export function decide(device: DeviceAddress, { action, topic, qos, retain }: Attempt): Decision {
  if (/[+#]/.test(topic)) return refuse('wildcards are refused');
  if (retain) return refuse('retained messages are refused');
  if (qos > MOST_QOS) return refuse(`QoS ${qos} is refused; the most is ${MOST_QOS}`);
  const parsed = parseTopic(topic);
  if (!parsed) return refuse('it is no topic of the link');
  if (parsed.projectId !== device.projectId || parsed.deviceId !== device.deviceId)
    return refuse('the topic is another device’s');
  const { direction, kind } = parsed;
  const rule = rules.find((r) => r.action === action && r.direction === direction && r.kinds.includes(kind));
  return rule ? { allowed: true } : refuse(`a device may not ${verb[action]} ${direction}/${kind}`);
}

const verb: Record<Action, string> = {
  publish: 'publish to',
  will: 'leave a will on',
  subscribe: 'subscribe to',
  forward: 'receive from',
};

function refuse(why: string): Decision {
  return { allowed: false, why };
}
