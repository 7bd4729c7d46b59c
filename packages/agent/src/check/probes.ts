/** What the kernel says of a name in a folder. */
export interface Owned {
  readonly kind: 'file' | 'folder' | 'other';
  /** Permission bits, such as 0o600. */
  readonly mode: number;
  /** User id; undefined where the platform has none. */
  readonly user: number | undefined;
}

/** What `agent.db` held a moment ago. */
export interface StateCopy {
  /** By name, as they were written. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Rows of every other table, by its name. */
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** What a check needs of the machine beyond the ports that all share. None of it changes anything that is kept. */
export interface Probes {
  /** Of the process that checks; undefined where the platform has none. */
  readonly user: number | undefined;
  /** When this program was built, ms since the epoch, as far as its files tell. */
  builtAt(): Promise<number>;
  /** Of the name itself, not of what a link leads to. Undefined when it is not there. */
  owned(path: string): Promise<Owned | undefined>;
  /** Addresses of a host, as the system finds them. Rejects with the resolver's error. */
  resolve(host: string): Promise<string[]>;
  /**
   * Reads a copy of `agent.db`, whether an agent runs or not: nobody is asked for a lock.
   * Undefined when there is none. Rejects with `StorageFailed` when it is damaged, and with
   * `DataFromNewerVersion` when this agent could not start on it.
   */
  copyState(folder: string): Promise<StateCopy | undefined>;
}
