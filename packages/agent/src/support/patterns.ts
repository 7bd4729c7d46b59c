export const REMOVED = '[removed]';

const assignment =
  /((?:secret|token|passw(?:or)?d|passphrase|pwd|credential|private[_-]?key|api[_-]?key|access[_-]?key)[\w.-]{0,64})(\\*["']?\s*[:=]\s*\\*["']?)(?!\[removed\])([^\s"',;&}]+)/gi;

/**
 * What a secret looks like that nobody told us of: a pattern, and what is put in its place. Logs are long and hold what
 * others sent, so none may look at the same characters again and again.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Private keys, whole or cut; `\n` may be two characters there.
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[A-Za-z0-9+/=\s\\[\]]*(?:-----END [A-Z0-9 ]*PRIVATE KEY-----)?/g,
    REMOVED,
  ],
  [/-----END [A-Z0-9 ]*PRIVATE KEY-----/g, REMOVED],
  [/skerry-join\.[\w-]+/g, REMOVED],
  [/skerry_[a-z0-9-]+_[\w-]{16,}/g, REMOVED],
  // HTTP: RFC 6750, RFC 7617, and what carries a session.
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${REMOVED}`],
  [/\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(["']?\s*[:=]\s*)[^\r\n"']+/gi, `$1$2${REMOVED}`],
  // JSON Web Tokens (RFC 7519).
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REMOVED],
  // The user part of a URL (RFC 3986 §3.2.1).
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]{1,512}@/gi, `$1${REMOVED}@`],
  // What a URL's query says at length: keys and signatures have all kinds of names there.
  [/([?&][\w.-]{1,64}=)(?!\[removed\])[^\s"'\\<>&]{12,}/g, `$1${REMOVED}`],
  [assignment, `$1$2${REMOVED}`],
  // 32 random bytes in base64url: tokens and secrets of ours.
  [/(?<![\w-])[\w-]{43}(?![\w-])=?/g, REMOVED],
];

/** The text without what looks like a secret. */
export function removePatterns(text: string): string {
  return patterns.reduce((left, [pattern, put]) => left.replace(pattern, put), text);
}
