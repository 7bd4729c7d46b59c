/**
 * Reads HTTP/1.1 responses that have a Content-Length off a connection, in whatever pieces they come.
 *
 * @param onResponse  called at the last byte of each, with status and body
 * @returns what to call with each piece
 */
export function responseReader(onResponse: (status: number, body: Buffer) => void): (piece: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (piece) => {
    pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
    for (let end = responseEnd(pending); end !== undefined; end = responseEnd(pending)) {
      const { status, bodyStart, bodyEnd } = end;
      const body = pending.subarray(bodyStart, bodyEnd);
      pending = pending.subarray(bodyEnd);
      onResponse(status, body);
    }
  };
}

interface ResponseEnd {
  readonly status: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

function responseEnd(bytes: Buffer): ResponseEnd | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`a response without Content-Length: ${head.slice(0, 200)}`);
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + Number(length);
  return bytes.length < bodyEnd ? undefined : { status: Number(head.slice(9, 12)), bodyStart, bodyEnd };
}
