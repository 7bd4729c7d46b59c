import { durationMs, sizeBytes } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import {
  type ConfigInput,
  type ConfigKeys,
  configKeys,
  passOver,
  resolveConfig,
  withConfigFile,
} from '@skerry/kit/config';
import { z } from 'zod';
import { isAdvertisable } from './addresses/advertised.ts';
import { restoredPolicies } from './continuity/service.ts';
import { hubError } from './errors.ts';
import { expiredPolicies } from './identity/standing/service.ts';

/** Where to listen. */
export interface Address {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

const address = z.string().transform((text, context): Address => {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== undefined && port <= 65_535) return { host: bracketed ?? plain ?? '', port };
  context.addIssue({ code: 'custom', message: 'expected HOST:PORT, such as 127.0.0.1:8080 or [::]:8443' });
  return z.NEVER;
});

const advertisable = z
  .string()
  .max(512)
  .refine(isAdvertisable, 'expected HOST, https://HOST:PORT or mqtts://HOST:PORT');

export const runKeys = configKeys({
  data: { type: z.string().min(1), default: './skerry-hub', help: 'folder of all that the hub keeps' },
  listen: {
    type: address,
    default: '127.0.0.1:8080',
    help: 'where people and their programs connect; beyond loopback with TLS',
  },
  devicesListen: {
    type: address,
    default: '0.0.0.0:8443',
    help: 'where devices connect: HTTPS and MQTT over WebSocket',
  },
  mqttListen: {
    type: address,
    default: '0.0.0.0:8883',
    help: 'where devices connect by plain MQTT over TLS',
  },
  advertise: {
    type: z.array(advertisable).max(16),
    default: [],
    help: 'host by which devices reach this hub, or https:// and mqtts:// URLs of its ports; may be repeated',
  },
  database: {
    type: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    help: 'PostgreSQL instead of SQLite: postgres://USER@HOST/NAME; the password comes from PGPASSWORD or PGPASSFILE',
  },
  retention: {
    type: durationMs,
    default: '30d',
    help: 'how long messages of devices are kept, such as 30d',
  },
  diskReserve: {
    type: sizeBytes,
    default: '512Mi',
    help: 'free space at which no more messages are taken, such as 512Mi',
  },
  certificateLife: {
    type: durationMs,
    default: '30d',
    help: 'how long a certificate of a device is valid, such as 30d',
  },
  expiredDevices: {
    type: z.enum(expiredPolicies),
    default: 'allow',
    help: 'a device that comes back after its certificate has ended, and proves its key: allow, ask, refuse',
  },
  restoredDevices: {
    type: z.enum(restoredPolicies),
    default: 'go-on',
    help: 'a device that was restored or cloned goes on (go-on), waits for a person (ask), or both that claim to be it wait (suspend)',
  },
  trustClock: {
    type: z.boolean(),
    default: false,
    help: 'start although nothing happened here for more than a year: the clock is right',
  },
  logLevel: {
    type: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    help: 'least important lines to log: debug, info, warn, error, silent',
  },
});

export const envPrefix = 'SKERRY_HUB';

export type HubConfig = Awaited<ReturnType<typeof readConfig>>;

/** The settings of `skerry hub run`. Rejects with `InvalidConfig`, with every fault in it. */
export async function readConfig(input: Pick<ConfigInput, 'argv' | 'env'>, disk: Disk) {
  const { values, rest } = await readSettings(runKeys, input, disk);
  if (rest.length > 0) throw hubError('InvalidConfig', `“${rest[0]}” is not a flag`);
  if (values.advertise.length > 0 && values.advertise.every((one) => one.startsWith('mqtts:')))
    throw hubError('InvalidConfig', '--advertise names no host and no https:// address', {
      next: 'Name the host alone, or its https:// address as well: devices fetch models over it.',
    });
  return values;
}

/** The settings of one verb; those that are another's stay unread. */
export async function readSettings<const K extends ConfigKeys>(
  keys: K,
  input: Pick<ConfigInput, 'argv' | 'env'>,
  disk: Disk,
) {
  const others = Object.fromEntries(Object.entries(runKeys).filter(([name]) => !Object.hasOwn(keys, name)));
  const { values, rest } = resolveConfig(
    keys,
    passOver(others, await withConfigFile({ ...input, envPrefix }, disk)),
  );
  const { database } = values as { database?: string };
  if (database !== undefined && new URL(database).password !== '')
    throw hubError('InvalidConfig', '--database holds a password, which every process could read', {
      next: 'Give it in PGPASSWORD or in a file that PGPASSFILE names.',
    });
  return { values, rest };
}
