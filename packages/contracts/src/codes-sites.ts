import type { Code } from './code.ts';

/** What devices report: reasons of conditions and of events. */
export const siteCodes = {
  MqttOverWs: {
    title: 'Connected by MQTT over WebSocket',
    meaning: 'The device has a live session with the hub.',
    next: 'Nothing.',
  },
  MqttOverTls: {
    title: 'Connected by MQTT over TLS',
    meaning: 'The device has a live session with the hub.',
    next: 'Nothing.',
  },
  HttpsPoll: {
    title: 'Connected by HTTPS',
    meaning:
      'The device has a live session with the hub and asks for messages by HTTPS, since nothing else gets through. It tries the better ways again by itself.',
    next: 'Nothing; on metered networks, let MQTT pass (8443 with WebSocket, or 8883): it costs fewer bytes.',
  },
  Connected: { title: 'The device connected', meaning: 'A session with the hub began.', next: 'Nothing.' },
  LinkLost: {
    title: 'The device is offline',
    meaning: 'Its session with the hub ended and has not come back. The site goes on working.',
    next: 'Check the site’s network and power; on the device, `skerry agent status`.',
  },
  NeverConnected: {
    title: 'The device never connected',
    meaning: 'It joined, but no agent has run since.',
    next: 'Start it on the device with `skerry agent run`.',
  },
  Joined: {
    title: 'The device joined',
    meaning: 'It proved its key and got its certificate.',
    next: 'Nothing.',
  },
  Renewed: {
    title: 'The certificate was renewed',
    meaning: 'At two thirds of its life, as planned.',
    next: 'Nothing.',
  },
  RenewalFailed: {
    title: 'The certificate could not be renewed',
    meaning: 'The hub refused, or could not be reached. It is tried again until the certificate ends.',
    next: 'Look at the message; the device goes on with the certificate it has.',
  },
  Applied: {
    title: 'The desired state is applied',
    meaning: 'What the hub wants is what runs.',
    next: 'Nothing.',
  },
  Applying: { title: 'The desired state is being applied', meaning: 'Steps remain.', next: 'Wait.' },
  ApplyFailed: {
    title: 'A part of the desired state could not be applied',
    meaning: 'The rest is applied; the failed part is tried again with backoff.',
    next: 'Look at the part that the message names.',
  },
  NoDesiredState: {
    title: 'Nothing is wanted of this device yet',
    meaning: 'No deployment selects it.',
    next: 'Give it labels that a deployment selects, or apply one.',
  },
  Unsupported: {
    title: 'This device cannot do that',
    meaning: 'The desired state asks for a feature that this version or machine lacks. The rest is applied.',
    next: 'Upgrade the agent, or change the deployment’s selector.',
  },
  Pulling: {
    title: 'Pulling an artifact',
    meaning: 'It is on its way and resumes after a cut.',
    next: 'Wait.',
  },
  Pulled: { title: 'An artifact was pulled', meaning: 'Its digest was verified.', next: 'Nothing.' },
  PullFailed: {
    title: 'An artifact could not be pulled',
    meaning: 'The registry refused or the link broke. It is tried again from where it stopped.',
    next: 'Look at the message; check that the artifact is still in the registry.',
  },
  Collected: { title: 'An artifact was removed', meaning: 'Nothing needs it any more.', next: 'Nothing.' },
  Waiting: { title: 'Waiting for its turn', meaning: 'Another step comes first.', next: 'Wait.' },
  Accepting: {
    title: 'Acceptance cases run',
    meaning: 'In a process of their own, on this device.',
    next: 'Wait.',
  },
  Loading: { title: 'A model is being loaded', meaning: 'It was pulled and opens now.', next: 'Wait.' },
  Serving: { title: 'Serving', meaning: 'Models answer and pipelines run.', next: 'Nothing.' },
  Recording: { title: 'Recording', meaning: 'What comes in is kept until the hub has it.', next: 'Nothing.' },
  Starting: { title: 'The runtime is starting', meaning: 'Models are not yet loaded.', next: 'Wait.' },
  CrashLoop: {
    title: 'The runtime ends again and again',
    meaning: 'It is restarted with growing pauses.',
    next: 'Look at the runtime’s log on the device; undo the newest deployment.',
  },
  RuntimeEnded: {
    title: 'The runtime ended',
    meaning: 'It crashed or was killed. The agent starts it again.',
    next: 'Nothing if it was once; see CrashLoop if it repeats.',
  },
  RuntimeStarted: { title: 'The runtime started', meaning: 'The agent started it.', next: 'Nothing.' },
  RuntimeAdopted: {
    title: 'The running runtime was adopted',
    meaning: 'The agent restarted; the runtime went on serving meanwhile.',
    next: 'Nothing.',
  },
  ModelsNotReady: {
    title: 'Not every wanted model serves',
    meaning: 'One is loading, was refused or failed; the reason stands with it.',
    next: 'Look at `skerry device show NAME`.',
  },
  TimeFromHub: {
    title: 'The time is the hub’s',
    meaning: 'Learnt over a verified connection.',
    next: 'Nothing.',
  },
  TimeUnknown: {
    title: 'The device does not know the time',
    meaning: 'It has not met the hub since it started.',
    next: 'Wait for the link; messages are dated when the time is learnt.',
  },
  RestoredOrCloned: {
    title: 'The device was restored or cloned',
    meaning:
      'What it remembers contradicts what the hub holds: an old image was put back, or two devices share one.',
    next: 'If it was cloned, join the copy anew with a token of its own. Then `skerry device admit NAME`.',
  },
  SessionTakenOver: {
    title: 'Another connection under this device’s identity took its place',
    meaning:
      'Of two connections of a device the hub keeps the newer. The one that had to go waits before it comes back, longer each time: where two devices share one disk, they take turns, and what both have comes in.',
    next: 'If the device runs once only, nothing. If it was cloned, join the copy anew with a token of its own.',
  },
  Admitted: {
    title: 'A device was let in',
    meaning: 'By the person named; the message says what had kept it out.',
    next: 'Nothing; it connects by itself.',
  },
  Dropped: {
    title: 'Messages were dropped',
    meaning: 'A drop notice says which numbers and why.',
    next: 'Look at the notice’s reason.',
  },
  Created: { title: 'An object was created', meaning: 'By the person named.', next: 'Nothing.' },
  Changed: { title: 'An object was changed', meaning: 'By the person named.', next: 'Nothing.' },
  Deleted: { title: 'An object was deleted', meaning: 'By the person named.', next: 'Nothing.' },
  Undone: {
    title: 'A deployment was set back',
    meaning: 'By the person named, to the revision named.',
    next: 'Nothing.',
  },
  Revoked: { title: 'A device or token was revoked', meaning: 'By the person named.', next: 'Nothing.' },
  TokenRefused: {
    title: 'A join was refused',
    meaning: 'Somebody tried a token that is used, expired or unknown.',
    next: 'If it was nobody of yours, revoke the token.',
  },
} as const satisfies Record<string, Code>;
