/** Types of frames (RFC 9113 §6). */
export const frameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
} as const;
/** Flags of frames; what the second means depends on the type. */
export const frameFlag = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const headLength = 9;

/** The bytes of a frame (RFC 9113 §4.1). */
export function frameBytes({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Reads frames off a connection, in whatever pieces they come. */
export function frameReader(onFrame: (frame: Frame) => void): (piece: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (piece) => {
    let bytes = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
    while (bytes.length >= headLength) {
      const end = headLength + bytes.readUIntBE(0, 3);
      if (bytes.length < end) break;
      const stream = bytes.readUInt32BE(5) & 0x7fffffff;
      onFrame({ type: bytes[3]!, flags: bytes[4]!, stream, payload: bytes.subarray(headLength, end) });
      bytes = bytes.subarray(end);
    }
    pending = bytes;
  };
}

/** A header that no table holds or will hold (RFC 7541 §6.2.2); name and value below 127 bytes. */
export function literalHeader(name: string, value: string): Buffer {
  const text = (one: string) => {
    const bytes = Buffer.from(one, 'latin1');
    if (bytes.length >= 127) throw new RangeError(`${one} is too long for a short literal`);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  };
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}
