import { sql } from 'kysely';

/**
 * Column types that mean the same in SQLite and PostgreSQL. Ids are UUIDv7 as text; times RFC 3339 in UTC
 * with milliseconds, as text, which sorts as the times do; documents are JSON as text; flags are 0 or 1.
 */
export type Id = string;
export type Time = string;
export type Json = string;
export type Flag = 0 | 1;

/** Counts, sizes and versions: 64 bits in both databases, a JavaScript number on our side. */
export const bigint = sql`bigint`;
