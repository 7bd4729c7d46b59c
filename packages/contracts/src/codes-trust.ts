import type { Code } from './code.ts';

/** Who is who: tokens, certificates, signatures. */
export const trustCodes = {
  NotLoggedIn: {
    title: 'Not logged in',
    meaning: 'The request carries no token, or one that the hub does not know.',
    next: 'Run `skerry login URL`; the admin token stands in the file that the hub named at its first start.',
    status: 401,
    exit: 4,
  },
  Forbidden: {
    title: 'Not allowed',
    meaning: 'The token or certificate is valid, but its role does not permit this.',
    next: 'Ask an admin of the project, or log in with a token of another role.',
    status: 403,
    exit: 4,
  },
  TokenInvalid: {
    title: 'The join token is not valid',
    meaning: 'It is mistyped, forged or was revoked.',
    next: 'Make a new one with `skerry device token` and copy the whole string.',
    status: 401,
    exit: 4,
  },
  TokenExpired: {
    title: 'The join token has expired',
    meaning: 'Its time to live is over.',
    next: 'Make a new one with `skerry device token --expires 1h`.',
    status: 401,
    exit: 4,
  },
  TokenUsed: {
    title: 'The join token is used up',
    meaning: 'Other devices, with other keys, have used it as often as it allows. The refusal is on record.',
    next: 'Make a new one with `skerry device token`; if nobody of yours used it, look at `skerry events`.',
    status: 401,
    exit: 4,
  },
  ProofInvalid: {
    title: 'The device did not prove its key',
    meaning: 'The signature over the request does not match the public key in it.',
    next: 'Join again from the device itself.',
    status: 401,
    exit: 4,
  },
  RootMismatch: {
    title: 'This is not the one that was meant',
    meaning:
      'The hub or device shows a certificate with another fingerprint than the one expected. Somebody may stand in between; no secret was sent.',
    next: 'Compare the fingerprint with the one that the hub or the runtime prints at its start, over a channel that you trust.',
    exit: 4,
  },
  CertificateRefused: {
    title: 'The certificate is refused',
    meaning: 'It is of another authority, outside its time, revoked, or not meant for this purpose.',
    next: 'Look at the reason in the message; a device joins again with a new token.',
    status: 401,
    exit: 4,
  },
  CertificateEnded: {
    title: 'The device’s certificate has ended',
    meaning:
      'It was away for longer than its certificate’s life, and proves that it still has its key; but this hub asks a person first, or lets no such device back. Its site goes on working.',
    next: 'Let it come back with `skerry device admit NAME`; `--expired-devices` of the hub says what happens to the next one.',
    status: 403,
    exit: 4,
  },
  Readmitted: {
    title: 'The device may come back',
    meaning:
      'Its certificate had ended, and it gets another: by the hub’s `--expired-devices`, or by the word of a person.',
    next: 'Nothing; it connects by itself.',
  },
  RootChanged: {
    title: 'The device follows another root',
    meaning:
      'The hub’s root was replaced, and the one that the device held has signed the next: the device went from statement to statement and believes the newest alone from now on.',
    next: 'Nothing, if somebody ran `skerry hub rotate root`; else somebody has the former root’s key.',
  },
  ClockAhead: {
    title: 'The clock seems to be wrong',
    meaning:
      'The hub’s clock stands more than a year after the last that happened in its data. Devices would believe it for good, and messages would be deleted for their age, so the hub does not start.',
    next: 'Set the clock. If the hub really rested for so long, start it once with --trust-clock.',
  },
  ServingUnprotected: {
    title: 'The models would be open to the network',
    meaning:
      'On an address that others can reach, models are served only with TLS, and to clients that show an API key or a certificate.',
    next: 'Make a key with `skerry key new NAME --file keys.yaml` and add --tls self --keys keys.yaml; on a network where everybody may ask, add --insecure.',
    exit: 2,
  },
  KeyRefused: {
    title: 'The API key is missing or not valid',
    meaning:
      'The request carries no `Authorization: Bearer KEY`, or a key or a certificate that the server’s key file does not have (any more).',
    next: 'Send the key that `skerry key new` printed; whoever runs the server makes a new one where it is lost.',
    status: 401,
    exit: 4,
  },
  KeyNotPermitted: {
    title: 'The API key does not permit this',
    meaning: 'The key or certificate is known, but not for this model or not for this action.',
    next: 'Whoever runs the server adds the model to `models`, or the action to `allow`, of that key in the key file.',
    status: 403,
    exit: 4,
  },
  TopicRefused: {
    title: 'The topic is not this device’s',
    meaning: 'A device publishes, subscribes or leaves a will outside the topics that are its own.',
    next: 'If this is an agent of Skerry, report it; otherwise something uses the device’s key.',
    status: 403,
  },
  SignatureInvalid: {
    title: 'The signature does not match',
    meaning: 'The desired state was not signed by this device’s hub, or was altered. It is not applied.',
    next: 'Look for what stands between device and hub; the state applied before goes on.',
  },
  DigestMismatch: {
    title: 'The content is not what its digest says',
    meaning: 'Bytes were altered or cut on their way, or on the disk. They are not used.',
    next: 'It is fetched again by itself. If it stays, push the artifact again; if it comes again, look after the disk.',
    status: 400,
  },
} as const satisfies Record<string, Code>;
