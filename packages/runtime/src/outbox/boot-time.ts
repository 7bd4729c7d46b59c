/** Time since the device booted, and which boot it was: what dates a message while nobody knows the time. */
export interface BootTime {
  readonly bootId: string;
  /** Milliseconds since boot. Never goes back. */
  nowMs(): number;
  /** Whether the wall clock is right, as far as the agent told. */
  timeKnown: boolean;
}
