export interface Random {
  /** `n` bytes fit for keys and secrets. */
  bytes(n: number): Uint8Array;
  /** Uniform in [0, 1). For jitter and sampling, never for secrets. */
  number(): number;
}
