import type { LogLine } from '../log/lines.ts';
import type { LogFields, Logger } from '../ports/logger.ts';

export interface RecordingLogger extends Logger {
  readonly lines: readonly LogLine[];
}

/** Keeps what was said, for a test to look at. */
export function recordingLogger(): RecordingLogger {
  return recorder([], {});
}

function recorder(lines: LogLine[], base: LogFields): RecordingLogger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields: { ...base, ...fields } });
    };
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recorder(lines, { ...base, ...fields }),
  };
}
