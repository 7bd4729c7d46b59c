/** Runs it after what was published just now is out: the broker writes it in its next turn, the socket in the one after. */
export function onceWritten(run: () => void): void {
  setImmediate(() => setImmediate(run));
}
