/** Time since the device booted, and which boot it was: what dates a message while nobody knows the time. */
export interface BootTime {
  readonly bootId: string;
  /** Milliseconds since boot. Never goes back. */
  nowMs(): number;
  /** Whether the wall clock is right, as far as the agent told. */
  readonly timeKnown: boolean;
  /** The hub's time, ms since the epoch; undefined until the agent told it. */
  hubTime(): number | undefined;
  /** The agent says whether the time is known, and the hub's time if it is. */
  tell(known: boolean, hubTime?: number): void;
}
