export interface Compression {
  gzip(bytes: Uint8Array): Promise<Uint8Array>;
  /** Rejects with `InvalidRequest`, or with `PayloadTooLarge` as soon as more than `maxBytes` came out. */
  gunzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}
