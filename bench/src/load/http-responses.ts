/** One answer; status 0 where the connection ended before it came, the body then says how. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** The server ends the connection after it. */
  readonly last: boolean;
}

/**
 * Reads HTTP/1.1 responses that have a Content-Length off a connection, in whatever pieces they come.
 *
 * @param onAnswer  called at the last byte of each
 * @returns what to call with each piece
 */
export function responseReader(onAnswer: (answer: Answer) => void): (piece: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (piece) => {
    pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
    for (let found = firstAnswer(pending); found !== undefined; found = firstAnswer(pending)) {
      pending = pending.subarray(found.end);
      onAnswer(found);
    }
  };
}

function firstAnswer(bytes: Buffer): (Answer & { readonly end: number }) | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`a response without Content-Length: ${head.slice(0, 200)}`);
  const start = headEnd + 4;
  const end = start + Number(length);
  if (bytes.length < end) return undefined;
  const last = /\r\nconnection: *close/i.test(head);
  return { status: Number(head.slice(9, 12)), body: bytes.subarray(start, end), last, end };
}
