import type { DesiredVersion, StreamName } from '@skerry/contracts';
import { describeError } from '@skerry/kit';
import { isOlder } from '../../../agent/src/desired/desired.ts';
import type { Stored } from './books.ts';
import { type Coverage, coverage } from './coverage.ts';
import type { FaultKind } from './faults.ts';
import { DEFAULT_QUOTA, type Fleet, signedName } from './fleet.ts';
import { type DeviceLedger, messageId, missing, parseMessageId, store } from './ledger.ts';
import { CLONE_NUMBERS, type SimDevice, STATE_FOLDER } from './sim-device.ts';
import { TTLS } from './sim-runtime.ts';

/** Something that must never be. */
export interface Violation {
  readonly what: string;
  readonly device: string;
  /** Ms since the history began. */
  readonly at: number;
}

/** What the hub was seen to hold, to go back to when it is restored. */
export interface Seen {
  readonly coverages: ReadonlyMap<string, Coverage>;
  readonly stored: ReadonlyMap<string, { stored: DeviceLedger['stored']; noticed: number }>;
}

/** Holds what happens against what was promised. */
export interface Watch {
  readonly violation: Violation | undefined;
  /** Reads the hub's books; to be called now and then, and where nothing is open. */
  look(): void;
  /** What must be so once all is well again; the reason why it is not yet. */
  whyNotSettled(): string | undefined;
  settle(): void;
  /** Forgives what a fault excuses. */
  /** A fault has come. */
  struck(kind: FaultKind, device: SimDevice | undefined): void;
  lying(device: SimDevice, lies: boolean): void;
  imageTaken(device: SimDevice): void;
  imageRestored(device: SimDevice): void;
  cloned(device: SimDevice, clone: SimDevice): void;
  /** The clone is gone. `drained`: it had time to deliver all that it had. */
  cloneGone(device: SimDevice, clone: SimDevice, drained: boolean): void;
  remember(): Seen;
  hubRestored(seen: Seen): void;
  report(device: string, what: string): void;
}

export function watch(fleet: Fleet): Watch {
  const { world, devices } = fleet;
  const byId = new Map(devices.map((device) => [device.id, device]));
  const applied = new Map<string, DesiredVersion>();
  const promisedAtImage = new Map<string, Map<StreamName, Set<number>>>();
  const appliedAtImage = new Map<string, DesiredVersion | undefined>();
  const struck = new Set<string>();
  const hadClone = new Set<SimDevice>();
  const wasSetBack = new Set<string>();
  let coverages = new Map<string, Coverage>();
  let violation: Violation | undefined;

  const report = (device: string, what: string) => {
    violation ??= { what, device, at: world.elapsed };
  };

  const coverageOf = ({
    device_id,
    producer,
    stream,
    epoch,
  }: Pick<Stored, 'device_id' | 'producer' | 'stream' | 'epoch'>) => {
    const key = `${device_id} ${producer}/${stream} ${epoch}`;
    const known = coverages.get(key) ?? coverage();
    coverages.set(key, known);
    return known;
  };

  /** Messages are given up for a reason alone. */
  const isExcused = (device: SimDevice, { stream, reason }: Stored) => {
    if (reason === 'expired') return world.elapsed > TTLS[stream as StreamName];
    if (reason === 'quota') return device.quota < DEFAULT_QUOTA;
    if (reason === 'corrupt')
      return struck.has(`${device.name} bit-flip`) || struck.has(`${device.name} lying-fsync`);
    return wasSetBack.has(device.name) || wasSetBack.has('hub');
  };

  const take = (row: Stored) => {
    if (row.what !== 'stored') coverageOf(row).add(row.first, row.last);
    const device = byId.get(row.device_id);
    if (!device || row.producer !== 'runtime') return;
    if (row.what === 'notice') {
      device.ledger.noticed += row.count;
      if (!isExcused(device, row))
        report(device.name, `${row.count} of ${row.stream} were given up as ${row.reason}`);
    }
    const id = row.what === 'stored' && parseMessageId(row.event_id ?? '');
    if (!id) return;
    if (store(device.ledger, id.stream, id.number) > 1)
      report(device.name, `${row.event_id} is in the hub twice`);
  };

  const look = () => {
    const seen = fleet.books.read();
    if (!seen) return;
    for (const row of seen.stored) take(row);
    for (const end of seen.ends) {
      const { upTo } = coverageOf(end);
      if (upTo >= end.next_number - 1) continue;
      const what = `${end.producer}/${end.stream} has neither message nor notice under ${upTo + 1}`;
      report(byId.get(end.device_id)?.name ?? end.device_id, `${what}, and the hub is at ${end.next_number}`);
    }
  };

  const onApplied = (device: SimDevice, version: DesiredVersion) => {
    const before = applied.get(device.name);
    applied.set(device.name, version);
    if (!fleet.signed.has(signedName(device.id, version)))
      report(device.name, `it applied ${version.epoch}.${version.version}, which the hub never signed`);
    if (before && isOlder(version, before))
      report(
        device.name,
        `it went back from ${before.epoch}.${before.version} to ${version.epoch}.${version.version}`,
      );
  };

  const checkQuota = (device: SimDevice) => {
    const bytes = device.medium.disk.bytesIn(`${STATE_FOLDER}/outbox`);
    if (bytes > device.quota) report(device.name, `its outbox has ${bytes} bytes, over ${device.quota}`);
  };

  const follow = (device: SimDevice) => {
    device.onApplied = (version) => onApplied(device, version);
    device.medium.onWrite = () => checkQuota(device);
    device.onCrash = (error) =>
      report(device.name, `a process ended by an error of its own: ${describeError(error)}`);
  };
  for (const device of devices) follow(device);

  /** What was promised since `before` may be gone: the disk that had it is. */
  const forgive = ({ ledger }: SimDevice, before?: Map<StreamName, Set<number>>) => {
    for (const [stream, numbers] of ledger.promised)
      for (const number of numbers)
        if (!before?.get(stream)?.has(number)) ledger.atRisk.add(messageId(stream, number));
  };
  const promisedNow = ({ ledger }: SimDevice) =>
    new Map([...ledger.promised].map(([stream, numbers]) => [stream, new Set(numbers)]));

  const lossOf = ({ ledger }: SimDevice): string | undefined => {
    const gone = missing(ledger);
    if (gone.length <= ledger.noticed) return undefined;
    return `${gone.length} messages were promised and are not in the hub, ${ledger.noticed} are accounted for; the first is ${gone[0]}`;
  };

  const notConverged = (): string | undefined => {
    const wanted = fleet.books.desired();
    if (!wanted) return 'a transaction is open';
    const behind = devices.find(({ id, name }) => {
      const own = applied.get(name);
      const want = wanted.get(id);
      return own?.epoch !== want?.epoch || own?.version !== want?.version;
    });
    return behind && `${behind.name} has not applied what the hub wants`;
  };

  return {
    get violation() {
      return violation;
    },
    look,
    report,
    whyNotSettled() {
      look();
      const lossy = devices.find(lossOf);
      return lossy ? `${lossy.name}: ${lossOf(lossy)}` : notConverged();
    },
    settle() {
      look();
      for (const device of devices) {
        const loss = lossOf(device);
        if (loss) report(device.name, loss);
      }
      const behind = notConverged();
      if (behind) report('', behind);
      const found = fleet.books.notUnique();
      for (const { id, name } of hadClone)
        if (!found.has(id)) report(name, 'it had a clone, and the hub shows none');
    },
    struck(kind, device) {
      const name = device?.name ?? 'hub';
      struck.add(`${name} ${kind}`);
      if (settingBack.includes(kind)) wasSetBack.add(name);
    },
    lying(device, lies) {
      if (lies) promisedAtImage.set(`${device.id} lying`, promisedNow(device));
      else forgive(device, promisedAtImage.get(`${device.id} lying`));
    },
    imageTaken(device) {
      promisedAtImage.set(device.id, promisedNow(device));
      appliedAtImage.set(device.id, applied.get(device.name));
    },
    imageRestored(device) {
      forgive(device, promisedAtImage.get(device.id));
      const before = appliedAtImage.get(device.id);
      if (before) applied.set(device.name, before);
      else applied.delete(device.name);
    },
    cloned(device, clone) {
      follow(clone);
      const before = applied.get(device.name);
      if (before) applied.set(clone.name, before);
    },
    cloneGone(device, clone, drained) {
      applied.delete(clone.name);
      if (drained) hadClone.add(device);
      else forgive(device, promisedByOthers(device, clone));
    },
    remember() {
      look();
      return {
        coverages: new Map([...coverages].map(([key, it]) => [key, it.copy()])),
        stored: new Map(devices.map((it) => [it.id, copyOf(it.ledger)])),
      };
    },
    hubRestored(seen) {
      coverages = new Map([...seen.coverages].map(([key, it]) => [key, it.copy()]));
      hadClone.clear();
      for (const { id, ledger } of devices) {
        const before = seen.stored.get(id);
        ledger.stored.clear();
        for (const [stream, counts] of before?.stored ?? []) ledger.stored.set(stream, new Map(counts));
        ledger.noticed = before?.noticed ?? 0;
      }
    },
  };
}

/** What takes back what was kept. */
const settingBack: readonly FaultKind[] = ['lying-fsync', 'old-image', 'clone', 'bit-flip', 'hub-restored'];

/** What was promised by others than this clone. */
const promisedByOthers = ({ ledger }: SimDevice, { numbersFrom }: SimDevice) =>
  new Map(
    [...ledger.promised].map(([stream, numbers]) => [
      stream,
      new Set(
        [...numbers].filter((number) => Math.floor(number / CLONE_NUMBERS) !== numbersFrom / CLONE_NUMBERS),
      ),
    ]),
  );

const copyOf = ({ stored, noticed }: DeviceLedger) => ({
  stored: new Map([...stored].map(([stream, counts]) => [stream, new Map(counts)])),
  noticed,
});
