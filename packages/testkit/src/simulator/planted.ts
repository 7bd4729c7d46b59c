import type { Fault } from './faults.ts';
import type { Replacements } from './fleet.ts';
import type { Plan } from './history.ts';
import * as device from './planted-device.ts';
import * as hub from './planted-hub.ts';

/** A mistake that the simulator has to find, and a history that should show it: half a day of one device, or `plan`. */
export interface Planted {
  readonly replace: Replacements;
  /** Absent: nothing befalls anybody. */
  readonly faults?: readonly Fault[];
  readonly plan?: Partial<Plan>;
  /** The violation that it must come to. */
  readonly finds: RegExp;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const every = (ms: number, from: number, to: number, fault: Omit<Fault, 'at'>): Fault[] =>
  Array.from({ length: Math.floor((to - from) / ms) }, (_, index) => ({ ...fault, at: from + index * ms }));
const kills = (kind: 'hub-killed' | 'agent-killed' | 'runtime-killed' | 'power-cut', ms = 31 * MINUTE) =>
  every(ms, HOUR, 12 * HOUR, { kind, lastsMs: 20_000, ...(kind !== 'hub-killed' && { device: 0 }) });
const during = (kind: Fault['kind'], from: number, to: number): Fault => ({
  kind,
  at: from,
  lastsMs: to - from,
  device: 0,
});
/** Records that are damaged while they wait. */
const damage: readonly Fault[] = [
  during('partition', HOUR, 10 * HOUR),
  ...every(10 * MINUTE, 5 * HOUR, 9 * HOUR, { kind: 'bit-flip', device: 0, lastsMs: MINUTE }),
];
/** Of those that a device cannot do without, one after the other. */
const damagedFiles = every(MINUTE, 10 * HOUR, 12 * HOUR, {
  kind: 'damaged-file',
  device: 0,
  lastsMs: 20_000,
});
/** While the device is cut off. */
const clockAhead = (from: number): readonly Fault[] => [
  during('partition', from + HOUR, from + 11 * HOUR),
  during('clock-ahead', from + 6 * HOUR, from + 9 * HOUR),
  during('runtime-killed', from + 5 * HOUR, from + 5 * HOUR + MINUTE),
  // What it has read already it sends.
  during('agent-killed', from + 8 * HOUR, from + 8 * HOUR + MINUTE),
];
const intruders = every(HOUR, HOUR, 4 * HOUR, { kind: 'intruder', device: 0, lastsMs: MINUTE });
/** Of which the first device has a small quota. */
const SEED_OF_LITTLE_ROOM = 5;
/** People who are never at rest. */
const busy = { asksADay: 100 };

const lost = /neither in the hub nor under a notice/;
const lostOrGivenUp = /neither in the hub nor under a notice|given up as/;

/** By what is wrong. Each takes the place of a real part; production code knows nothing of it. */
export const planted: Readonly<Record<string, Planted>> = {
  'the hub acknowledges before it persists': {
    replace: { hub: { database: hub.commitsLater } },
    faults: [...kills('hub-killed'), ...kills('runtime-killed', 29 * MINUTE)],
    plan: { asksADay: 0.01 },
    finds: lostOrGivenUp,
  },
  'the device frees what it has only sent': {
    replace: { device: { link: device.acknowledgesItself } },
    // What is lost leaves the folder with the segment that it was in: a runtime that starts begins another one.
    faults: [during('loss', HOUR, 11 * HOUR), ...kills('runtime-killed', 13 * MINUTE)],
    finds: lostOrGivenUp,
  },
  'the device claims more than it has delivered': {
    replace: { device: { link: device.claimsTooMuch } },
    finds: /given up as hub-restored/,
  },
  'numbers begin anew at each start of the runtime': {
    replace: { device: { runtimeDisk: device.seesNothingOfBefore } },
    faults: kills('runtime-killed'),
    finds: lostOrGivenUp,
  },
  'the wall clock tells how old a message is': {
    replace: { device: { sinceBoot: (clock) => clock.now() } },
    faults: clockAhead(0),
    finds: /given up as expired/,
  },
  'the wall clock tells how old a message is, and some have had time to expire': {
    // A year ahead is eighteen days by it, longer than telemetry may wait.
    replace: { device: { sinceBoot: (clock) => clock.now() / 20 } },
    faults: clockAhead(15 * DAY),
    plan: { days: 16 },
    finds: /of telemetry were given up as expired/,
  },
  'a device with room gives up what is old': {
    replace: { device: { limit: () => 36 * 1024 } },
    faults: [during('partition', HOUR, 11 * HOUR)],
    plan: { days: 2 },
    finds: /given up as quota/,
  },
  'a device with little room gives up what is old before it has to': {
    replace: { device: { limit: () => 36 * 1024 } },
    faults: [during('partition', HOUR, 11 * HOUR)],
    plan: { days: 2, seed: SEED_OF_LITTLE_ROOM },
    finds: /given up as quota/,
  },
  'the runtime takes more than its part of the room': {
    replace: { device: { limit: (limit) => limit * 8 } },
    faults: [during('agent-killed', HOUR, 5 * DAY)],
    plan: { days: 5, seed: SEED_OF_LITTLE_ROOM },
    finds: /its outbox has \d+ bytes, over/,
  },
  'a restored hub goes on in its old epoch': {
    replace: { hub: { beginEpoch: async () => ({ hubId: '', before: 1, epoch: 1 }) } },
    faults: [{ kind: 'hub-restored', at: 30_000, lastsMs: HOUR }],
    finds: /has not applied what the hub wants/,
  },
  'the device takes what it misreads for damage': {
    replace: { device: { agentDisk: device.misreads } },
    faults: [during('power-cut', HOUR, HOUR + MINUTE)],
    finds: /given up as corrupt/,
  },
  'the device takes what it misreads for the bit that flipped': {
    replace: { device: { agentDisk: device.misreads } },
    faults: [
      during('bit-flip', MINUTE, 2 * MINUTE),
      during('partition', HOUR, 22 * HOUR),
      during('runtime-killed', 21 * HOUR, 21 * HOUR + MINUTE),
    ],
    plan: { days: 1 },
    finds: /given up as corrupt/,
  },
  'the runtime takes what it cannot read for nothing': {
    replace: { device: { runtimeDisk: device.readsNothing } },
    faults: [
      during('partition', HOUR, 11 * HOUR),
      ...every(3 * MINUTE, 5 * HOUR, 9 * HOUR, { kind: 'dead-page', device: 0, lastsMs: MINUTE }),
      during('runtime-killed', 9 * HOUR, 9 * HOUR + MINUTE),
    ],
    finds: lost,
  },
  'nothing is synced to the disk': {
    replace: { device: { runtimeDisk: device.syncsNothing } },
    faults: kills('power-cut', 47 * MINUTE),
    finds: lost,
  },
  'the notice of a damaged message stands under the number of another': {
    replace: { device: { link: device.noticesOneTooLate } },
    faults: damage,
    finds: lost,
  },
  'a notice covers one message too many': {
    replace: { hub: { database: hub.noticesOneTooMany } },
    faults: damage,
    finds: /has a (message under a notice|notice over a message)/,
  },
  'the hub keeps nothing of what devices tell of themselves': {
    replace: { hub: { database: hub.keepsNoEvents } },
    finds: /is neither message nor notice/,
  },
  'the hub keeps another text than it was sent': {
    replace: { hub: { database: hub.roundsWhatItKeeps } },
    finds: /is not what its source said/,
  },
  'the hub stores a repeat as another message': {
    replace: { hub: { database: hub.storesRepeats } },
    faults: [during('write-errors', HOUR, 11 * HOUR)],
    finds: /is in the hub twice/,
  },
  'the device keeps once what it cannot do without': {
    replace: { device: { agentDisk: device.keepsNoCopies } },
    faults: damagedFiles,
    finds: /has not applied what the hub wants|neither in the hub nor under a notice/,
  },
  'the device runs what its disk has altered': {
    replace: { device: { agentDisk: device.readsModelsOnce() } },
    faults: damagedFiles,
    finds: /it runs what nobody pushed/,
  },
  'the device forgets which desired state it had': {
    replace: { device: { agentDisk: device.keepsNoDesiredState, state: device.recallsNothingApplied } },
    faults: [during('replayed-desired', HOUR, 11 * HOUR), ...kills('agent-killed', HOUR)],
    finds: /went back from/,
  },
  'the device counts versions of its desired state itself': {
    replace: { device: { state: device.countsVersionsItself } },
    finds: /which the hub never signed/,
  },
  'an agent does not bear a hint of the file system': {
    replace: { device: { agentDisk: device.cannotBearAHint } },
    finds: /ended by an error of its own/,
  },
  'the hub keeps nothing of a clone that it found': {
    replace: { hub: { database: hub.forgetsFindings } },
    faults: [during('clone', HOUR, 3 * HOUR)],
    finds: /the hub shows none/,
  },
  'the device keeps no secret that tells it from a clone': {
    replace: { device: { state: device.keepsNoSecret } },
    faults: [during('agent-killed', HOUR, 2 * HOUR), during('agent-killed', 3 * HOUR, 4 * HOUR)],
    finds: /shown as restored or cloned, and it is not/,
  },
  'the device waits for an answer for ever': {
    replace: { device: { link: device.waitsForEver } },
    faults: [during('partition', HOUR, 1.5 * HOUR)],
    finds: /nothing befalls it, and it does not come back/,
  },
  'the hub believes any certificate': {
    replace: { hub: { admit: hub.believesAnyone } },
    faults: intruders,
    finds: /the hub let in a certificate whose signature is wrong/,
  },
  'the hub lets in whom a person has revoked': {
    replace: { hub: { admit: hub.believesAnyone } },
    faults: [during('revoked', HOUR, 4 * HOUR)],
    finds: /it is revoked, and (the hub takes its certificate|goes on being connected)/,
  },
  'the hub takes servers for devices': {
    replace: { hub: { admit: hub.takesServersForDevices } },
    faults: intruders,
    finds: /the hub let in a server’s certificate/,
  },
  'the hub binds a token to no key': {
    replace: { hub: { database: hub.bindsNoToken } },
    faults: intruders,
    finds: /the hub let in a used token with another key/,
  },
  'the device forgets what it has begun': {
    replace: { device: { state: device.forgetsWhatItBegan } },
    faults: [during('duplicates', HOUR, 11 * HOUR)],
    plan: busy,
    finds: /a command was begun twice/,
  },
  'the device begins what it has not noted': {
    replace: { device: { state: device.beginsUnnoted } },
    plan: busy,
    finds: /is done, and was not begun/,
  },
  'the device says that it does not know': {
    replace: { device: { state: device.knowsNothingOfAny } },
    plan: busy,
    finds: /is unknown, and nothing had befallen it/,
  },
  'the device says that it failed': {
    replace: { device: { link: device.failsAtAll } },
    plan: busy,
    finds: /is failed/,
  },
  'the hub hears no answer': {
    replace: { hub: { carrier: hub.hearsNoAnswer } },
    plan: busy,
    finds: /nothing kept anybody from answering/,
  },
  'the hub does not note what it sent': {
    replace: { hub: { database: hub.notesNotWhatItSent } },
    faults: every(20 * MINUTE, HOUR, 11 * HOUR, { kind: 'nothing-up', device: 0, lastsMs: 15 * MINUTE }),
    plan: busy,
    finds: /is expired, and was begun/,
  },
  'the hub sends what is newest first': {
    replace: { hub: { database: hub.newestFirst }, device: { link: device.hearsNothingSettled } },
    faults: [during('partition', HOUR, 8 * HOUR)],
    plan: busy,
    finds: /a message came after a later one/,
  },
  'the hub settles nothing': {
    replace: { hub: { database: hub.settlesNoCommand } },
    plan: { days: 0.1, asksADay: 20 },
    finds: /is open still/,
  },
  'the hub forgets what was asked': {
    replace: { hub: { database: hub.forgetsCommands } },
    plan: busy,
    finds: /is not in the hub any more/,
  },
  'the hub believes authorities that were replaced': {
    replace: { hub: { admit: hub.believesFormer } },
    faults: [
      { kind: 'hub-keys-rotated', at: HOUR, lastsMs: MINUTE },
      ...every(HOUR, 2 * HOUR, 5 * HOUR, { kind: 'intruder', device: 0, lastsMs: MINUTE }),
    ],
    finds: /the hub let in who had the key of an authority/,
  },
};
