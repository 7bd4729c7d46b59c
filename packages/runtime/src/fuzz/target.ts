/** One parser under test. */
export interface Target {
  /** A folder of the corpus: `rest/mlp_tiny`. */
  readonly name: string;
  /** What the bytes do to it. Throws only what is ours (see {@link isRefusal}), or the parser is at fault. */
  run(bytes: Buffer): string | Promise<string>;
}
