import { X509Certificate } from 'node:crypto';
import { parseIdentityUri } from '@skerry/contracts';
import { eachRow, valuesAt } from '../../../hub/src/db/each-row.ts';
import type { SqliteClient } from '../../../hub/src/db/sqlite-client.ts';
import type { SqliteRows, SqliteStatement, SqliteValue } from '../../../hub/src/db/sqlite-messages.ts';
import type { HubReplacements } from './sim-hub.ts';
import { clientOf } from './sim-sqlite.ts';

/** Mistakes of a hub, each of which takes the place of a real part of it. */

type Database = NonNullable<HubReplacements['database']>;
type Admit = NonNullable<HubReplacements['admit']>;

const MINUTE = 60_000;

type Run = (statement: SqliteStatement) => Promise<SqliteRows>;
const runBy =
  (client: SqliteClient): Run =>
  async (statement) =>
    (await client.run([statement]))[0]!;

const nothing = async (): Promise<SqliteRows> => ({ rows: [] });

/** Says that a transaction is committed, and commits it with those that follow, some minutes later. */
export const commitsLater: Database = ({ write }, clock) => {
  const run = runBy(write);
  let isOpen = false;
  const later = () => {
    clock.timer(10 * MINUTE, () => {
      isOpen = false;
      void run({ sql: 'commit', parameters: [] }).catch(() => {});
    });
  };
  const client = clientOf((statement) => {
    if (statement.sql === 'commit') return nothing();
    if (statement.sql !== 'begin immediate') return run(statement);
    if (isOpen) return nothing();
    isOpen = true;
    later();
    return run(statement);
  });
  return { write: client, read: client };
};

/** Other texts of statements than those that the hub wrote. */
const rewriting = (rewrite: (sql: string) => string): Database => {
  const by = (client: SqliteClient) =>
    clientOf((statement) => runBy(client)({ ...statement, sql: rewrite(statement.sql) }));
  return ({ write, read }) => ({ write: by(write), read: by(read) });
};

/** Statements that change nothing, though the hub believes that they do. */
const withoutEffect = (of: RegExp): Database => rewriting((sql) => (of.test(sql) ? `${sql} and 1 = 0` : sql));

type Row = readonly SqliteValue[];

/** Rows of `table` that are inserted otherwise, or not at all. */
const insertingInto =
  (table: string, change: (row: Row, column: (name: string) => number) => Row | undefined): Database =>
  ({ write, read }) => ({
    read,
    write: clientOf(async (statement) => {
      const columns = new RegExp(`^insert into ${table} \\(([^)]*)\\)`).exec(statement.sql)?.[1]?.split(', ');
      if (!columns || !('each' in statement)) return runBy(write)(statement);
      const { each } = statement;
      const rows = Array.from({ length: each.rows }, (_, index) => valuesAt(each, index));
      const changed = rows.map((row) => change(row, (name) => columns.indexOf(name)));
      const left = changed.filter((row) => row !== undefined);
      await runBy(write)({ ...statement, each: eachRow(left, [...each.columns.keys()]) });
      return nothing();
    }),
  });

export const storesRepeats: Database = rewriting((sql) =>
  sql.replace(/, constraint "messages_event" unique \([^)]*\)/, ''),
);

export const forgetsFindings: Database = ({ write, read }) => ({
  read,
  write: clientOf((statement) =>
    /device_continuity.* do update set .*found_at/s.test(statement.sql) ? nothing() : runBy(write)(statement),
  ),
});

export const keepsNoEvents: Database = insertingInto('messages', (row, at) =>
  row[at('producer')] === 'agent' ? undefined : row,
);

export const roundsWhatItKeeps: Database = insertingInto('messages', (row, at) =>
  row.with(at('body'), String(row[at('body')]).replace('"confidence":0.97', '"confidence":1')),
);

export const noticesOneTooMany: Database = insertingInto('drop_notices', (row, at) => {
  const last = at('last_number');
  return row.with(last, Number(row[last]) + 1);
});

export const bindsNoToken: Database = withoutEffect(/^update "device_tokens" set "used" = "used" \+/);

export const settlesNoCommand: Database = withoutEffect(/^update "commands" set .*"settled_at"/s);

export const notesNotWhatItSent: Database = rewriting((sql) =>
  sql.replace('"sent_at" = coalesce("sent_at", ?)', '"sent_at" = case when ? is null then 1 end'),
);

export const newestFirst: Database = rewriting((sql) =>
  /^select \* from "commands" .* order by "number"$/s.test(sql) ? `${sql} desc` : sql,
);

export const forgetsCommands: Database = rewriting((sql) =>
  sql.startsWith('delete from "commands"')
    ? sql.replace('"kind" = ?', '? is not null').replace('"number" <= ?', '"number" <= ? + 1000')
    : sql,
);

export const hearsNoAnswer: NonNullable<HubReplacements['carrier']> = (carrier) => ({
  ...carrier,
  subscribe: (filter, listener) =>
    carrier.subscribe(filter, (topic, payload) => topic.endsWith('/answer') || listener(topic, payload)),
});

const identityIn = (der: Uint8Array | undefined) => {
  const uri = /URI:([^,]+)/.exec(new X509Certificate(der!).subjectAltName ?? '')?.[1];
  return parseIdentityUri(uri ?? '');
};

export const believesAnyone: Admit =
  () =>
  async ([leaf]) => {
    const identity = identityIn(leaf);
    return identity?.kind === 'device' ? identity : undefined;
  };

export const takesServersForDevices: Admit = (admit) => async (shown) =>
  identityIn(shown[0])?.kind === 'device' ? admit(shown) : { projectId: '', deviceId: '' };

export const looksAtNoDate: Admit =
  (_admit, { identity }) =>
  async (shown) => {
    const verdict = await identity.certificates.identify(shown);
    return verdict.ok ? verdict.device : undefined;
  };

export const believesFormer: Admit =
  (_admit, { identity }) =>
  async (shown) => {
    const verdict = await identity.certificates.identify(shown);
    return verdict.ok ? verdict.device : verdict.unknown;
  };
