/** A person's token: `skerry.` + id + `.` + 32 random bytes, base64url. The id finds the row, the rest proves. */
export interface PersonSecret {
  readonly id: string;
  readonly secret: string;
}

const pattern = /^skerry\.([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/;

export const tokenText = ({ id, secret }: PersonSecret) => `skerry.${id}.${secret}`;

/** The parts of a token, or undefined when it is none. */
export function parseToken(text: string): PersonSecret | undefined {
  const [, id, secret] = pattern.exec(text) ?? [];
  return id && secret ? { id, secret } : undefined;
}
