import { isSkerryError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogLine } from './lines.ts';

const SAY_AGAIN_MS = 60_000;
/** Kinds of lines that are remembered; the one said longest ago makes room. */
const MAX_KINDS = 200;

interface Kind {
  saidAt: number;
  /** Times it came since. */
  unsaid: number;
  last: LogLine;
}

/** Lets the first line of a kind pass, and of those that follow one a minute, with `times` in its fields. */
export function repeats(clock: Clock, write: (line: LogLine) => void) {
  const kinds = new Map<string, Kind>();

  const sayPending = (isDue: (kind: Kind) => boolean) => {
    for (const [key, kind] of kinds) {
      if (!isDue(kind)) continue;
      kinds.delete(key);
      if (kind.unsaid > 0) again(key, kind);
    }
  };
  const again = (key: string, { last, unsaid }: Kind) => {
    write({ ...last, fields: { ...last.fields, times: unsaid } });
    kinds.set(key, { saidAt: clock.monotonic(), unsaid: 0, last });
  };
  const makeRoom = () => {
    const oldest = kinds.entries().next().value;
    if (kinds.size < MAX_KINDS || !oldest) return;
    const [key, kind] = oldest;
    if (kind.unsaid > 0) again(key, kind);
    kinds.delete(key);
  };

  return {
    say(line: LogLine) {
      const key = kindOf(line);
      const known = kinds.get(key);
      if (known) Object.assign(known, { unsaid: known.unsaid + 1, last: line });
      const now = clock.monotonic();
      sayPending((kind) => now - kind.saidAt >= SAY_AGAIN_MS);
      if (known) return;
      makeRoom();
      kinds.set(key, { saidAt: now, unsaid: 0, last: line });
      write(line);
    },
    flush: () => sayPending(() => true),
  };
}

/** What makes two lines the same: the message, the error's code and what is named, but no figures. */
function kindOf({ level, message, fields }: LogLine): string {
  const { error, ...others } = fields;
  const named = Object.values(others).filter((value) => typeof value === 'string');
  const code = isSkerryError(error) ? error.code : error instanceof Error ? error.message : '';
  return [level, message, code, ...named].join('\u0000');
}
