/** So little that segments are given up all the time. */
export const killLimit = 112 * 1024;

export const killStreams = [
  { name: 'alarm', ttlMs: Infinity },
  { name: 'result', ttlMs: Infinity },
  { name: 'log', ttlMs: Infinity },
] as const;
