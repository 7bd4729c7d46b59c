import { createInterface } from 'node:readline/promises';
import { addAbortSignal, Writable } from 'node:stream';
import { failure, interrupted } from '../errors.ts';
import type { Output } from './output.ts';

/** What a person types or a script pipes in. */
export interface Input {
  readonly isTerminal: boolean;
  /** All of stdin, at most `maxBytes`. Whoever waits for its end is let go by the signal. */
  readAll(maxBytes: number): Promise<string>;
  /** One line from the terminal. */
  ask(question: string): Promise<string>;
  /** The same, without showing what is typed. */
  askHidden(question: string): Promise<string>;
}

export function inputFrom(stdin: NodeJS.ReadStream, stderr: Output, signal: AbortSignal): Input {
  // Where nothing may be echoed, readline draws into this.
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  const read = async (question: string, hidden: boolean) => {
    stderr.write(question);
    const lines = createInterface({
      input: stdin,
      output: hidden ? nowhere() : process.stderr,
      terminal: true,
    });
    try {
      return await new Promise<string>((resolve, reject) => {
        lines.once('line', resolve);
        lines.once('SIGINT', () => reject(interrupted()));
        lines.once('close', () => reject(interrupted()));
      });
    } finally {
      lines.close();
      if (hidden) stderr.line();
    }
  };
  return {
    isTerminal: stdin.isTTY === true,
    async readAll(maxBytes) {
      const parts: Buffer[] = [];
      let size = 0;
      for await (const part of addAbortSignal(signal, stdin)) {
        parts.push(Buffer.from(part));
        size += part.length;
        if (size > maxBytes) throw failure('BadUsage', `standard input holds more than ${maxBytes} bytes`);
      }
      return Buffer.concat(parts).toString();
    },
    ask: (question) => read(question, false),
    askHidden: (question) => read(question, true),
  };
}
