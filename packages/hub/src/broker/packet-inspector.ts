/** What an inspected stretch of bytes turned out to be. */
export type Verdict = 'ok' | 'too-large' | 'malformed';

/**
 * Follows the fixed headers of MQTT packets through a byte stream, without keeping any byte of it.
 * Gives its verdict on each chunk; after anything but `ok` the stream is to be cut off.
 *
 * `maxBytes` bounds a packet's remaining length (MQTT 3.1.1 §2.2.3), which is known from its first
 * five bytes: so a packet that is too large is refused before it is buffered.
 */
export function packetInspector(maxBytes: number): (chunk: Uint8Array) => Verdict {
  let lengthBytes = -1;
  let length = 0;
  let bodyLeft = 0;

  const readHeaderByte = (byte: number): Verdict => {
    if (lengthBytes < 0) {
      lengthBytes = 0;
      length = 0;
      return 'ok';
    }
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if (length > maxBytes) return 'too-large';
    if (byte < 0x80) {
      bodyLeft = length;
      lengthBytes = -1;
    } else if (lengthBytes === 4) return 'malformed';
    return 'ok';
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (bodyLeft > 0) {
        const skipped = Math.min(bodyLeft, chunk.length - at);
        bodyLeft -= skipped;
        at += skipped;
        continue;
      }
      const verdict = readHeaderByte(chunk[at]!);
      if (verdict !== 'ok') return verdict;
      at += 1;
    }
    return 'ok';
  };
}
