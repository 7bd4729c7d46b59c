import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

const STDERR = 2;

/** The process's stderr for a thread's log: a worker's own goes by the main thread, which may be what hangs. */
export function threadOut() {
  return {
    isTTY: isatty(STDERR),
    write(line: string): void {
      try {
        writeSync(STDERR, line);
      } catch {
        // Whoever reads it is gone or does not keep up; that must not end the thread.
      }
    },
  };
}
