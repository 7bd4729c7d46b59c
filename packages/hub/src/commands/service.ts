import {
  type CommandAnswer,
  type CommandResource,
  type commandRequest,
  maxCommandBytes,
} from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import type { z } from 'zod';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { deviceNamed } from '../fleet/read-model.ts';
import { installation } from '../installation/read-model.ts';
import { timeText } from '../time.ts';
import { type Delivery, startDelivery } from './delivery.ts';
import { goesOn } from './outcome.ts';
import * as store from './store.ts';
import type { CommandRow } from './tables.ts';

export interface Asking {
  readonly projectId: string;
  readonly device: string;
  /** The person who asks. */
  readonly by: string;
  readonly request: z.output<typeof commandRequest>;
}

/** Commands that a device has open, at most. */
const MAX_OPEN = 64;
/** Where another hub may be told the outcome. */
const LOOK_MS = 2_000;

export type CommandService = ReturnType<typeof commandService>;

/** What people ask of devices: kept until it is answered, or until its time is over. */
export function commandService(context: HubContext, hasPeers = false) {
  const { db, clock, random, record } = context;
  const waiting = new Map<string, Set<() => void>>();
  const onSettled = (id: string) => {
    for (const wake of waiting.get(id) ?? []) wake();
  };
  const delivery: Delivery = startDelivery(context, { hasPeers, onSettled });

  const keep = async (trx: Executor, { projectId, device, by, request }: Asking): Promise<CommandRow> => {
    const { id: deviceId, name } = await deviceNamed(trx, projectId, device);
    await store.holdDevice(trx, deviceId);
    const { open, last } = await store.tallyOf(trx, deviceId);
    if (open >= MAX_OPEN) throw tooMany(name);
    const now = clock.now();
    const row: CommandRow = {
      ...nothingYet,
      id: uuidv7(clock, random),
      project_id: projectId,
      device_id: deviceId,
      number: last + 1,
      kind: request.kind,
      args: argsOf(request),
      asked_by: by,
      created_at: timeText(now),
      expires_at: timeText(now + request.ttlSeconds * 1000),
      epoch: (await installation(trx)).epoch,
    };
    await store.insertCommand(trx, row);
    if (!goesOn(row)) {
      const message = `${by} asks for ${row.kind}`;
      await record(trx, { projectId, deviceId, reason: 'Commanded', message, by, about: `device/${name}` });
    }
    return row;
  };

  /** Aborts when the command is settled here. */
  const watch = (id: string) => {
    const settled = new AbortController();
    const wake = () => settled.abort();
    const watchers = waiting.get(id) ?? new Set();
    waiting.set(id, watchers.add(wake));
    const stop = () => {
      watchers.delete(wake);
      if (watchers.size === 0) waiting.delete(id);
    };
    return { signal: settled.signal, stop };
  };

  return {
    delivery,

    /** Resolves once it is kept. Rejects with `NotFound`, `PayloadTooLarge` or `TooManyRequests`. */
    async ask(asking: Asking): Promise<CommandResource> {
      const row = await db.transaction().execute((trx) => keep(trx, asking));
      delivery.kept(row.device_id);
      return resourceOf(row, asking.device);
    },

    /** As it is now, or as soon as it is settled, but after so long at the latest. */
    async get(projectId: string, device: string, id: string, waitMs: number): Promise<CommandResource> {
      const { id: deviceId } = await deviceNamed(db, projectId, device);
      const until = clock.monotonic() + waitMs;
      const watching = watch(id);
      try {
        for (;;) {
          const row = await store.findCommand(db, deviceId, id);
          if (!row) throw notFound('command', id);
          const leftMs = until - clock.monotonic();
          if (row.settled_at !== null || leftMs <= 0) return resourceOf(row, device, row.result);
          const lifeMs = Date.parse(row.expires_at) - clock.now();
          if (lifeMs <= 0) delivery.lookThrough();
          const pauseMs = lifeMs > 0 ? Math.min(LOOK_MS, lifeMs + 1) : LOOK_MS;
          await clock.sleep(Math.min(pauseMs, leftMs), watching.signal).catch(() => {});
        }
      } finally {
        watching.stop();
      }
    },

    /** Newest first; the next page comes `before` what `next` says. */
    async list(projectId: string, device: string, page: { limit: number; before: number | undefined }) {
      const { id: deviceId } = await deviceNamed(db, projectId, device);
      const rows = await store.listCommands(db, deviceId, { ...page, limit: page.limit + 1 });
      const shown = rows.slice(0, page.limit);
      const items = shown.map((row) => resourceOf(row, device));
      return { items, ...(rows.length > page.limit && { next: String(shown.at(-1)!.number) }) };
    },
  };
}

const nothingYet = {
  state: 'queued',
  sent_at: null,
  sent_fork: null,
  settled_at: null,
  settled_by: null,
  reason: null,
  message: null,
  result: null,
} as const;

function argsOf({ args }: Asking['request']): string {
  const text = JSON.stringify(args);
  if (Buffer.byteLength(text) <= maxCommandBytes) return text;
  throw hubError('PayloadTooLarge', `the arguments are over ${maxCommandBytes / 1024} KiB of JSON`, {
    pointer: '/args',
  });
}

const tooMany = (device: string) =>
  hubError('TooManyRequests', `${MAX_OPEN} commands wait for ${device} already`, {
    next: `Wait until some are done: \`skerry device commands ${device}\`.`,
  });

function resourceOf(row: store.CommandSummary, device: string, result?: string | null): CommandResource {
  return {
    id: row.id,
    device,
    kind: row.kind,
    state: row.state,
    by: row.asked_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.sent_at !== null && { sentAt: row.sent_at }),
    ...(row.settled_at !== null && { settledAt: row.settled_at }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.message !== null && { message: row.message }),
    ...(result != null && { result: JSON.parse(result) as NonNullable<CommandAnswer['result']> }),
  };
}
