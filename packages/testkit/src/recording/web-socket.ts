/** Takes the bytes of one direction of a WebSocket (RFC 6455 §5.2), piece by piece, and gives the payload of data frames. */
export function webSocketPayloads(onPayload: (payload: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (let frame = readFrame(rest); frame; frame = readFrame(rest)) {
      rest = rest.subarray(frame.size);
      if (frame.isData) onPayload(frame.payload);
    }
  };
}

interface Frame {
  readonly size: number;
  readonly isData: boolean;
  readonly payload: Buffer;
}

function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const opcode = bytes[0]! & 0x0f;
  const isMasked = (bytes[1]! & 0x80) !== 0;
  const short = bytes[1]! & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const head = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (bytes.length < head) return undefined;
  const length =
    lengthBytes === 0 ? short : bytes.readUIntBE(lengthBytes === 8 ? 4 : 2, lengthBytes === 8 ? 6 : 2);
  if (bytes.length < head + length) return undefined;
  const payload = Buffer.from(bytes.subarray(head, head + length));
  if (isMasked) unmask(payload, bytes.subarray(head - 4, head));
  return { size: head + length, isData: opcode < 8, payload };
}

function unmask(payload: Buffer, key: Buffer): void {
  for (let index = 0; index < payload.length; index++) payload[index]! ^= key[index % 4]!;
}
