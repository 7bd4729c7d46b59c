export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where a core says what it does. `message` is a fixed sentence; what varies goes in `fields`, so that lines
 * that repeat can be counted. An error goes in as `{ error }`.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** Says nothing, for tests and for callers that don't care. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
