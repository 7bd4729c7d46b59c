import type { Clock, Logger } from '@skerry/kit';
import { type LogLevel, openLog } from '@skerry/kit/log';
import { agentLogPath } from './log-paths.ts';
import { openLogFile } from './ports/log-file.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const FILES = 4;

export interface AgentLog extends Logger {
  /** From now on lines are kept below the state folder too, for `skerry agent logs`. Call it once the folder is ours. */
  keepIn(folder: string): { close(): void };
  /** Writes to what is kept alone: for what is said on stderr in other words. */
  keep(message: string, error: unknown): void;
  flush(): void;
}

/** What the agent says: on stderr, and in files that are kept. */
export function openAgentLog({ clock, level }: { clock: Clock; level: LogLevel }): AgentLog {
  const spoken = openLog({ clock, name: 'agent', level });
  let kept: ReturnType<typeof openLog> | undefined;
  const keptNow = () => kept;
  return {
    ...both(spoken, keptNow),
    keepIn(folder) {
      const out = openLogFile({ path: agentLogPath(folder), maxBytes: MAX_BYTES, files: FILES });
      const log = openLog({ clock, name: 'agent', level, out });
      kept = log;
      return {
        close() {
          kept = undefined;
          log.flush();
          out.close();
        },
      };
    },
    keep: (message, error) => kept?.error(message, { error }),
    flush: () => spoken.flush(),
  };
}

/** `second` is asked for at every line: it comes later, and goes earlier. */
function both(first: Logger, second: () => Logger | undefined): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] =>
    (message, fields) => {
      first[level](message, fields);
      second()?.[level](message, fields);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => both(first.child(fields), () => second()?.child(fields)),
  };
}
