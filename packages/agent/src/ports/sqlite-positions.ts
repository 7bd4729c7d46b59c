import type { DatabaseSync } from 'node:sqlite';
import { producer, streamHash, streamName } from '@skerry/contracts';
import { z } from 'zod';
import type { AgentState, Position } from '../state/state.ts';

const positionRow = z
  .object({
    producer,
    stream: streamName,
    stream_id: z.string(),
    epoch: z.number(),
    base: z.number(),
    acknowledged: z.number(),
    hash: streamHash,
    dropped: z.number(),
    known_number: z.number().nullable(),
    known_hash: streamHash.nullable(),
    former_epoch: z.number().nullable(),
    former_acknowledged: z.number().nullable(),
  })
  .transform(
    ({ stream_id, known_number, known_hash, former_epoch, former_acknowledged, ...row }): Position => {
      const known = known_number !== null &&
        known_hash !== null && { number: known_number, hash: known_hash };
      const former = former_epoch !== null &&
        former_acknowledged !== null && { epoch: former_epoch, acknowledged: former_acknowledged };
      return { ...row, streamId: stream_id, ...(known && { known }), ...(former && { former }) };
    },
  );

/** `found`: the format that the database had, 0 for a new one. */
export function makePositionTable(db: DatabaseSync, found: number): void {
  if (found === 1) addColumns(db, 'known_number INTEGER', 'known_hash TEXT');
  if (found === 1 || found === 2) addColumns(db, 'former_epoch INTEGER', 'former_acknowledged INTEGER');
  db.exec(`
    CREATE TABLE IF NOT EXISTS positions (
      producer TEXT NOT NULL, stream TEXT NOT NULL, stream_id TEXT NOT NULL, epoch INTEGER NOT NULL,
      base INTEGER NOT NULL, acknowledged INTEGER NOT NULL, hash TEXT NOT NULL, dropped INTEGER NOT NULL,
      known_number INTEGER, known_hash TEXT, former_epoch INTEGER, former_acknowledged INTEGER,
      PRIMARY KEY (producer, stream)
    ) STRICT`);
}

function addColumns(db: DatabaseSync, ...columns: readonly string[]): void {
  for (const column of columns) db.exec(`ALTER TABLE positions ADD COLUMN ${column}`);
}

export function positionsIn(db: DatabaseSync): Pick<AgentState, 'positions' | 'savePosition'> {
  const all = db.prepare('SELECT * FROM positions');
  const put = db.prepare('REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return {
    positions: () => z.array(positionRow).parse(all.all()),
    savePosition({ known, former, ...p }) {
      const place = [p.producer, p.stream, p.streamId, p.epoch, p.base, p.acknowledged, p.hash];
      const knownAs = [known?.number ?? null, known?.hash ?? null];
      put.run(...place, p.dropped, ...knownAs, former?.epoch ?? null, former?.acknowledged ?? null);
    },
  };
}
