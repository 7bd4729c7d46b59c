/** Names of settings, headers, fields and variables whose values are nobody else's business. */
const secretName =
  /secret|token|passw(?:or)?d|passphrase|pwd$|authorization|cookie|credential|private_?key|api_?key|access_?key|session_?key/i;

/** `secretRef` is the name of a secret, and shown to nobody either. */
export const isSecretName = (name: string): boolean => secretName.test(name);
