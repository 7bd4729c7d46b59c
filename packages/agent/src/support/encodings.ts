/** A secret that is shorter would be found everywhere. */
export const LEAST_LENGTH = 6;

/**
 * Every text by which a secret may be recognised: itself, as JSON writes it, in a URL, in hexadecimal, and in base64
 * and base64url wherever in a longer text it stood when that was encoded.
 */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    ...[0, 1, 2].flatMap((before) => base64Within(bytes, before)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= LEAST_LENGTH);
}

/** The characters that bytes make in base64 whatever stands around them, with so many bytes (mod 3) before. */
function base64Within(bytes: Buffer, before: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(before), bytes]);
  const first = Math.ceil((before * 8) / 6);
  const last = Math.floor((padded.length * 8) / 6);
  const core = padded.toString('base64').slice(first, last);
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
}

const encoded = /[A-Za-z0-9+/_-]{16,}={0,2}/g;

/** Calls `replace` with each stretch that may be base64, and with what it decodes to. */
export function replaceEncoded(text: string, replace: (stretch: string, decoded: string) => string): string {
  return text.replace(encoded, (stretch) =>
    replace(stretch, Buffer.from(stretch, 'base64').toString('latin1')),
  );
}
