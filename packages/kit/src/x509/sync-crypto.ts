import { createHash, KeyObject, sign, type webcrypto } from 'node:crypto';

type Data = ArrayBuffer | ArrayBufferView;
const viewOf = (data: Data) =>
  ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
const bufferOf = (bytes: Buffer) =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;

/**
 * The little of Web Crypto that signing a certificate takes, done on the spot: it takes some microseconds, and who
 * simulates time must not wait for a thread of the pool.
 */
export const syncCrypto = {
  subtle: {
    digest: async (algorithm: string, data: Data) =>
      bufferOf(createHash(algorithm.replace('-', '')).update(viewOf(data)).digest()),
    sign: async (_algorithm: unknown, key: webcrypto.CryptoKey, data: Data) =>
      bufferOf(sign('sha256', viewOf(data), { key: KeyObject.from(key), dsaEncoding: 'ieee-p1363' })),
  },
} as never;
