export interface ProcessExit {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

/** `inherit`: ours. `lines`: each line as it comes, at most 16 KiB of it. `appendTo`: a file, made 0600. */
export type ProcessOutput =
  | 'ignore'
  | 'inherit'
  | { readonly lines: (line: string, from: 'stdout' | 'stderr') => void }
  | { readonly appendTo: string };

export interface SpawnOptions {
  /** The whole environment of the child; ours when absent. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Written to the child's stdin, which is then closed: the way for secrets, which argv and env would show. */
  readonly input?: string | Uint8Array | undefined;
  /** Default `ignore`. */
  readonly output?: ProcessOutput | undefined;
  /** In a process group of its own, and may outlive us. Use `ignore` or `appendTo`, whose ends outlive us too. */
  readonly detached?: boolean | undefined;
}

export interface ChildHandle {
  readonly pid: number;
  /** Resolves when the child ended and its output was read. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** False when it is gone already. */
  kill(signal?: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): boolean;
}

export interface Processes {
  /** Resolves once the program runs; rejects with `ProcessNotStarted`. */
  spawn(program: string, args: readonly string[], options?: SpawnOptions): Promise<ChildHandle>;
  /** True for any process of that id, ours or not. Ids are used again: check who it is before trusting it. */
  alive(pid: number): boolean;
  /** Signals a process that we did not start in this life, such as an adopted one. False when it is gone. */
  kill(pid: number, signal?: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): boolean;
  /**
   * The process of this user that listens on the Unix socket at `path`, absolute and as it was given to it, even if it
   * hangs. Undefined when there is none, and where the kernel does not tell (all but Linux).
   */
  listeningOn(path: string): Promise<number | undefined>;
}
