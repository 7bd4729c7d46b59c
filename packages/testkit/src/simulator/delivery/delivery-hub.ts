import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { type Hello, type StreamOrder, type StreamState, splitEvents } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import type { Outgoing } from '../../../../agent/src/uplink/stream.ts';
import { continuityService } from '../../../../hub/src/continuity/service.ts';
import { openSqliteOver } from '../../../../hub/src/db/open.ts';
import { hubContext } from '../../../../hub/src/hub-context.ts';
import { installHub } from '../../../../hub/src/installation/service.ts';
import { isCounted } from '../../../../hub/src/link/forks.ts';
import { settleStreams } from '../../../../hub/src/link/hello.ts';
import { ingest, type Position } from '../../../../hub/src/link/ingest.ts';
import { tellEvents } from '../../../../hub/src/link/tell-events.ts';
import { beginEpoch } from '../../../../hub/src/new-epoch.ts';
import { projectNamed } from '../../../../hub/src/projects/read-model.ts';
import { simSqlite } from '../sim-sqlite.ts';
import type { WireNumber } from '../wire-numbers.ts';

/** The hub's part in the delivery of one device's stream, over a database in memory. */
export interface DeliveryHub {
  greet(hello: Pick<Hello, 'session' | 'continuation' | 'streams'>): Promise<Greeted>;
  /** Undefined: the device has to say hello. */
  take(batch: Outgoing): Promise<Position | undefined>;
  holds(id: string): boolean;
  /** Whether a drop notice says that what stood under this number is gone. */
  tellsOf(at: WireNumber): boolean;
  backUp(): DatabaseSync;
}

interface Greeted {
  readonly orders: StreamOrder[];
  /** For the device to keep; undefined in a session that was greeted before. */
  readonly secret: string | undefined;
}

export const KEY = { producer: 'runtime', stream: 'result' } as const satisfies Partial<StreamState>;
const DEVICE = '00000000-0000-7000-8000-000000000001';
const inventory = { hostname: 'h', platform: 'linux', arch: 'x64', cores: 1, memory: 1, agentVersion: '0' };
const atOnce = {
  onKill: () => {},
  effect: async <T>(_ms: number, op: () => T | Promise<T>) => op(),
  soon: async <T>(_ms: number, op: () => T | Promise<T>) => op(),
};

/** `backup`: it goes on from that, in a new epoch. */
export async function openDeliveryHub(seed: number, backup?: DatabaseSync): Promise<DeliveryHub> {
  const database = backup ? copyOf(backup) : memory();
  const { write, read } = simSqlite(atOnce, database);
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const db = await openSqliteOver(write, read, clock);
  const effects = { db, clock, random: seededRandom(seed), logger: silentLogger };
  const context = hubContext({ ...effects, onDesiredChanged: () => {} });
  await installHub(context);
  if (backup) await beginEpoch(context, 'a copy');
  const { id: projectId } = await projectNamed(db, 'default');
  const device = { projectId, deviceId: DEVICE };
  const continuity = continuityService(context, 'go-on');
  const { contradicts } = continuity;
  const take = ingest({ context, tell: tellEvents(context), contradicts });
  const message = database.prepare('SELECT 1 FROM messages WHERE event_id = ?');
  const notice = database.prepare(`SELECT 1 FROM drop_notices WHERE epoch = :epoch AND first_number <= :number
    AND (last_number >= :number OR reason = 'epoch-lost') OR epoch < :epoch AND reason = 'epoch-lost'`);

  return {
    async greet({ session, continuation, streams }) {
      const met = await continuity.greet(device, session, continuation);
      const hello = { protocol: 1, features: [], session, bootId: session, streams, inventory };
      const { orders } = await settleStreams(context, device, hello, met.isOther ? isCounted : contradicts);
      return { orders, secret: met.secret };
    },
    async take({ header, body }) {
      const texts = splitEvents(body) ?? [];
      const taken = await take({ ...device, ...KEY }, { session: DEVICE, ...header }, texts);
      return taken?.position;
    },
    holds: (id) => message.get(id) !== undefined,
    tellsOf: ({ epoch, number }) => notice.get({ epoch, number }) !== undefined,
    backUp: () => copyOf(database),
  };
}

const memory = (name = ':memory:') => new DatabaseSync(name, { enableForeignKeyConstraints: true });

function copyOf(from: DatabaseSync): DatabaseSync {
  const name = `file:${randomUUID()}?mode=memory&cache=shared`;
  const made = memory(name);
  from.exec(`VACUUM INTO '${name}'`);
  return made;
}
