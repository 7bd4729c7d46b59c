import type { Command, CommandAnswer, DeviceAddress } from '@skerry/contracts';
import { type SingleFlight, singleFlight, soonest } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import { forksOf } from '../continuity/read-model.ts';
import { installation } from '../installation/read-model.ts';
import { nowText } from '../time.ts';
import { hubSettles, settling } from './outcome.ts';
import { type Repeats, repeats } from './repeats.ts';
import * as store from './store.ts';
import type { CommandRow } from './tables.ts';

/** The link's side of a session in which commands can be sent. */
export interface CommandSession extends DeviceAddress {
  /** The session's id. */
  readonly id: string;
  send(command: Command): void;
}

interface Channel {
  readonly session: CommandSession;
  readonly flight: SingleFlight;
  readonly unanswered: Repeats;
}

/** In one session at a time, unanswered; of messages one, so that they arrive in their order. */
const MAX_IN_FLIGHT = 8;
/** Between two looks at what connected devices have not answered. */
const UNANSWERED_MS = 10_000;
/** Until what another hub was asked is looked for, and until a look that failed is tried again. */
const SWEEP_MS = 5_000;
/** Wall clocks jump: so long at most until it is looked again whether the time of something is over. */
const LONGEST_SWEEP_MS = 3_600_000;
const SETTLED_AT_ONCE = 100;

export type Delivery = ReturnType<typeof startDelivery>;

/**
 * Brings commands to devices: in live sessions only, in order, again until they are answered; the device knows what
 * it did already.
 */
export function startDelivery(
  context: HubContext,
  { hasPeers, onSettled }: { hasPeers: boolean; onSettled: (id: string) => void },
) {
  const { db, clock, logger } = context;
  const channels = new Map<string, Channel>();
  const settle = settling(context);

  const settleByHub = async (command: CommandRow, fork: number, epoch: number): Promise<boolean> => {
    const outcome = hubSettles(command, { ms: clock.now(), epoch, fork });
    if (!outcome) return false;
    if (await settle(command, outcome)) onSettled(command.id);
    return true;
  };

  const deliver = async ({ session, unanswered }: Channel, signal: AbortSignal): Promise<void> => {
    const { deviceId } = session;
    const found = await store.openCommands(db, deviceId);
    if (found.length === 0) return unanswered.keep(new Set());
    nextSweep.within(hasPeers ? SWEEP_MS : UNANSWERED_MS);
    const { epoch } = await installation(db);
    const fork = await forksOf(db, deviceId);
    const open: CommandRow[] = [];
    for (const command of found) if (!(await settleByHub(command, fork, epoch))) open.push(command);
    const settled = (open[0]?.number ?? 1) - 1;
    for (const command of nextOf(open)) {
      if (!unanswered.isDue(command.id)) continue;
      if (!(await store.markSent(db, command.id, nowText(clock), fork))) continue;
      if (signal.aborted) return;
      unanswered.sent(command.id);
      session.send(commandOf(command, session.id, settled, clock.now()));
    }
    unanswered.keep(new Set(open.map(({ id }) => id)));
  };

  const poke = (deviceId: string) => channels.get(deviceId)?.flight.trigger();

  const endOf = async (deviceId: string) => {
    const channel = channels.get(deviceId);
    channels.delete(deviceId);
    await channel?.flight.stop();
  };

  const nextSweep = soonest(clock, () => sweep.trigger());

  /** Where another hub may be asked, often; where a device may answer, to ask it again; else what waits only expires. */
  const sweepAgain = async (waiting: readonly string[]): Promise<void> => {
    if (hasPeers) return nextSweep.within(SWEEP_MS);
    if (waiting.some((id) => channels.has(id))) return nextSweep.within(UNANSWERED_MS);
    const expiry = await store.nextExpiry(db);
    if (expiry === undefined) return;
    nextSweep.within(Math.min(LONGEST_SWEEP_MS, Math.max(SWEEP_MS, Date.parse(expiry) - clock.now())));
  };

  const sweep = singleFlight(
    async () => {
      const { epoch } = await installation(db);
      for (const command of await store.overdueCommands(db, nowText(clock), SETTLED_AT_ONCE))
        await settleByHub(command, command.sent_fork ?? 0, epoch);
      const devices = await store.devicesWithOpenCommands(db);
      for (const deviceId of devices) poke(deviceId);
      await sweepAgain(devices);
    },
    (error) => {
      logger.error('commands could not be looked through', { error });
      nextSweep.within(SWEEP_MS);
    },
  );
  sweep.trigger();

  return {
    /** One more is kept for a device. */
    kept(deviceId: string): void {
      poke(deviceId);
      nextSweep.within(SWEEP_MS);
    },
    /** Settles what is overdue, soon. */
    lookThrough: sweep.trigger,

    /** A session is live: what waits for its device is sent. */
    began(session: CommandSession): void {
      void endOf(session.deviceId);
      const flight = singleFlight(
        (signal) => deliver(channel, signal),
        (error) => logger.error('commands could not be sent', { deviceId: session.deviceId, error }),
      );
      const channel: Channel = { session, flight, unanswered: repeats(clock) };
      channels.set(session.deviceId, channel);
      flight.trigger();
    },

    ended(deviceId: string): void {
      void endOf(deviceId);
    },

    /** Durable when it resolves. */
    async answered({ deviceId }: DeviceAddress, answer: CommandAnswer): Promise<void> {
      const command = await store.findCommand(db, deviceId, answer.id);
      if (!command) return;
      const { outcome: state, reason, message, result } = answer;
      if (await settle(command, { state, by: 'device', reason, message, result })) onSettled(command.id);
      poke(deviceId);
    },

    async stop(): Promise<void> {
      await Promise.all([sweep.stop(), ...[...channels.keys()].map(endOf)]);
      nextSweep.stop();
    },
  };
}

/** Those that may be unanswered at a time. */
function nextOf(open: readonly CommandRow[]): CommandRow[] {
  const [message] = open.filter(({ kind }) => kind === 'message');
  return open.filter((it) => it.kind !== 'message' || it === message).slice(0, MAX_IN_FLIGHT);
}

const commandOf = (row: CommandRow, session: string, settled: number, now: number): Command => ({
  id: row.id,
  session,
  number: row.number,
  settled,
  kind: row.kind,
  leftMs: Math.max(0, Date.parse(row.expires_at) - now),
  args: JSON.parse(row.args),
});
