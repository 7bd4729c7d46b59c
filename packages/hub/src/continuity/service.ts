import type { DeviceAddress, Lifted } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hashOf, newSecret } from '../secret.ts';
import { nowText } from '../time.ts';
import { confirmed, follow, type Hello, judge, offer, unmet } from './continuity.ts';
import { foundText } from './read-model.ts';
import { columnsOf, continuityOf, findContinuity, putContinuity } from './store.ts';
import type { DeviceContinuityRow } from './tables.ts';

/**
 * What becomes of a device that is not the one the hub knows: it goes on and is shown as restored or cloned
 * (`go-on`), it waits for a person while the one that is known goes on (`ask`), or both wait (`suspend`).
 */
export const restoredPolicies = ['go-on', 'ask', 'suspend'] as const;
export type RestoredPolicy = (typeof restoredPolicies)[number];

export interface Greeting {
  /** False: a person has to say that it may go on. */
  readonly admitted: boolean;
  /** For the device to store; absent where this session has it already. */
  readonly secret?: string;
  /** It is another than was known, and goes on as a life of its own. */
  readonly isOther?: boolean;
  /** What was found, where that is news. */
  readonly found?: string;
}

export type ContinuityService = ReturnType<typeof continuityService>;

export function continuityService(context: HubContext, policy: RestoredPolicy) {
  const { db, clock, random } = context;

  /** Another than was known goes on under the device's name. True where nobody was told yet. */
  const fork = async (trx: Executor, deviceId: string, found: string): Promise<boolean> => {
    const row = await findContinuity(trx, deviceId);
    const isNews = row?.found_at == null;
    const forks = (row?.forks ?? 0) + 1;
    const times = isNews
      ? { found, found_at: nowText(clock), found_times: 1 }
      : { found_times: row.found_times + 1 };
    await putContinuity(trx, deviceId, { ...times, forks });
    return isNews;
  };

  const offerTo = async (trx: Executor, deviceId: string, kept: typeof unmet, hello: Hello) => {
    const secret = newSecret(random);
    await putContinuity(trx, deviceId, columnsOf(offer(kept, hello, hashOf(secret))));
    return secret;
  };

  const contradicted = async (
    trx: Executor,
    deviceId: string,
    hello: Hello,
    row: DeviceContinuityRow,
  ): Promise<Greeting> => {
    if (policy === 'go-on') {
      const isNews = await fork(trx, deviceId, OLDER);
      return {
        admitted: true,
        isOther: true,
        ...(isNews && { found: OLDER }),
        secret: await offerTo(trx, deviceId, follow(hello.shown), hello),
      };
    }
    if (row.held !== null) return { admitted: false };
    await putContinuity(trx, deviceId, {
      found: OLDER,
      found_at: nowText(clock),
      found_times: 1,
      held: policy === 'ask' ? 'other' : 'all',
      held_shown: hello.shown,
    });
    return { admitted: false, found: OLDER };
  };

  return {
    /** Whether one that is not the device that the hub knows has to wait for a person. */
    holdsCopies: policy !== 'go-on',

    /** Decides about a hello, before anything else of it is believed; durable when it resolves. */
    greet: ({ deviceId }: DeviceAddress, session: string, secret: string | undefined): Promise<Greeting> =>
      db.transaction().execute(async (trx) => {
        const hello: Hello = { session, shown: secret === undefined ? null : hashOf(secret) };
        const row = await findContinuity(trx, deviceId);
        const kept = row ? continuityOf(row) : unmet;
        if (row?.held === 'all') return { admitted: false };
        const verdict = judge(kept, hello);
        if (verdict === 'repeated') return { admitted: true };
        if (row && verdict === 'contradicts') return contradicted(trx, deviceId, hello, row);
        return { admitted: true, secret: await offerTo(trx, deviceId, kept, hello) };
      }),

    /** The device has stored the secret of which this is the hash. */
    confirm: ({ deviceId }: DeviceAddress, stored: string): Promise<void> =>
      db.transaction().execute(async (trx) => {
        const row = await findContinuity(trx, deviceId);
        if (row) await putContinuity(trx, deviceId, columnsOf(confirmed(continuityOf(row), stored)));
      }),

    /** Its streams contradict what the hub holds: shown to people, and nothing else. True where that is news. */
    contradicts: ({ deviceId }: DeviceAddress, found: string, trx: Executor): Promise<boolean> =>
      fork(trx, deviceId, found.slice(0, 1024)),

    /** A person has looked: the one that was held goes on, and the finding is closed. Undefined where there was none. */
    async admit(trx: Executor, deviceId: string): Promise<Lifted | undefined> {
      const row = await findContinuity(trx, deviceId);
      if (!row || row.found_at === null) return undefined;
      const next = follow(row.held === 'other' ? row.held_shown : null);
      const held = row.held === null ? {} : { ...columnsOf(next), forks: row.forks + 1 };
      const closed = { held: null, held_shown: null, found: null, found_at: null, found_times: 0 };
      await putContinuity(trx, deviceId, { ...held, ...closed });
      const message = foundText(row);
      return { reason: 'RestoredOrCloned', message, since: row.found_at, done: followed[row.held ?? 'none'] };
    },
  };
}

const followed = {
  none: 'it goes on as it is; the next copy is found again',
  other: 'the one that waited goes on, and what it says is kept apart from what the other said',
  all: 'the first that comes is the device from now on',
} as const;

const OLDER =
  'it does not show the secret that it was given last: an old image was put back, or two devices share one disk';
