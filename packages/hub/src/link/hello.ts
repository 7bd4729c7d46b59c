import {
  type DeviceAddress,
  emptyStreamHash,
  type Hello,
  type StreamOrder,
  type StreamState,
} from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { forksOf } from '../continuity/read-model.ts';
import type { Executor } from '../db/schema.ts';
import { together } from '../db/step.ts';
import { hubError } from '../errors.ts';
import { installation } from '../installation/read-model.ts';
import type { DropNoticeRow } from '../telemetry/tables.ts';
import { nowText } from '../time.ts';
import { addCheckpoint, findCheckpoint } from './checkpoints.ts';
import type { Contradicts } from './forks.ts';
import { type Decision, decideStream, type Held } from './session.ts';
import type { StreamId } from './store.ts';
import * as store from './store.ts';
import { dropsOf, tellEvents } from './tell-events.ts';

export interface Greeted {
  readonly orders: StreamOrder[];
  /** Why the device must have been restored or cloned, for each stream that says so, where people are to be told. */
  readonly contradictions: string[];
}

/** Settles with a device, stream by stream, where each goes on; what was settled is durable when this resolves. */
export async function settleStreams(
  context: HubContext,
  device: DeviceAddress,
  { streams }: Hello,
  contradicts: Contradicts,
): Promise<Greeted> {
  const { db, clock } = context;
  const tell = tellEvents(context);
  return db.transaction().execute(async (trx) => {
    const orders: StreamOrder[] = [];
    const contradictions: string[] = [];
    for (const state of streams) {
      const id: StreamId = { ...device, producer: state.producer, stream: state.stream };
      const held = await store.findStream(trx, id);
      const remembered = await rememberedAt(trx, id, held, state.acknowledged);
      const hasCopy = isAhead(state, held) && (await forksOf(trx, device.deviceId)) > 0;
      const decision = decideStream(state, held, remembered, hasCopy);
      const drops = dropsOf(await keep(trx, id, held, decision, nowText(clock)));
      if (drops) await tell(trx, id, drops);
      orders.push(await complete(trx, state, decision.order));
      if (decision.contradiction !== undefined)
        contradictions.push(`${state.producer}/${state.stream}: ${decision.contradiction}`);
    }
    const isTold = contradictions.length > 0 && (await contradicts(device, contradictions.join('; '), trx));
    return { orders, contradictions: isTold ? contradictions : [] };
  });
}

/** Only of such a device it matters whether there is a copy. */
const isAhead = ({ acknowledged }: StreamState, held: Held | undefined) =>
  held !== undefined && acknowledged >= held.next;

/**
 * A device that numbers anew forgets what was acknowledged, and so may a hub have done that was ever restored: where a
 * copy came first, it cannot tell what of the device it has.
 */
async function complete(trx: Executor, state: StreamState, order: StreamOrder): Promise<StreamOrder> {
  if (order.epoch === state.epoch) return order;
  return (await installation(trx)).epoch > 1 ? { ...order, all: true } : order;
}

/** The hub's running hash after a number, where it lies behind what the hub holds and is still known. */
async function rememberedAt(
  trx: Executor,
  id: StreamId,
  held: Held | undefined,
  number: number,
): Promise<string | undefined> {
  if (number === 0) return emptyStreamHash;
  return held && number < held.next - 1 ? findCheckpoint(trx, id, held.epoch, number) : undefined;
}

/** Gives back the hub's own drop notices, where it had to write some. */
async function keep(
  trx: Executor,
  id: StreamId,
  before: Held | undefined,
  { held, gaps = [] }: Decision,
  at: string,
): Promise<readonly DropNoticeRow[]> {
  if (held === before) return [];
  const [notices, isMoved] = await together(trx, [
    store.insertDropNotices(gaps.map((gap) => store.noticeOfGap(id, gap, at))),
    store.moveStream(id, before, held),
    ...(held.next > 1 ? [addCheckpoint(id, held.epoch, held.next - 1, held.hash)] : []),
  ]);
  if (!isMoved)
    throw hubError('Unavailable', 'another session of the device moved a stream at the same time');
  return notices;
}
