import { digestOf } from '@skerry/contracts';
import { describeError } from '@skerry/kit';
import { befallen } from './befallen.ts';
import type { Entry } from './books.ts';
import { type Asked, commandWatch } from './command-watch.ts';
import { desiredWatch } from './desired-watch.ts';
import { excuses } from './excuses.ts';
import type { FaultKind } from './faults.ts';
import type { Fleet } from './fleet.ts';
import { type HubAccount, hubAccount } from './hub-account.ts';
import { hubNumbers } from './hub-numbers.ts';
import { parseMessageId } from './ledger.ts';
import { presenceWatch } from './presence-watch.ts';
import { type QuotaWatch, quotaWatch } from './quota-watch.ts';
import { revocationWatch } from './revocation-watch.ts';
import type { SimDevice } from './sim-device.ts';
import { isTextOf } from './sources.ts';
import { lowestOf } from './still-held.ts';

/** Something that must never be. */
export interface Violation {
  readonly what: string;
  readonly device: string;
  /** Ms since the history began. */
  readonly at: number;
}

/** What the hub was seen to hold, to go back to when it is restored. */
export type Seen = () => void;

/** Holds what happens against what was promised. */
export interface Watch {
  readonly violation: Violation | undefined;
  /** Reads what is new in the hub's books; to be called now and then. */
  look(): void;
  /** What must be so once all is well again; the reason why it is not yet. */
  whyNotSettled(): string | undefined;
  settle(): void;
  /** Messages that drop notices stand for. */
  noticed(): number;
  /** Messages that sources were told are safe. */
  promised(): number;
  /** Somebody asked a device for something. */
  asked(one: Asked): void;
  /** A fault has come; to be called when it is over. */
  struck(kind: FaultKind, device: SimDevice | undefined): () => void;
  /** Its disk was full, and is not any more: who was about to give something up for that does so all the same. */
  roomCame(device: SimDevice): void;
  /** Its disk keeps nothing for now; to be called when the power is cut. */
  lies(device: SimDevice): () => void;
  /** Of its disk; to be called when that is restored. */
  imageTaken(device: SimDevice): () => void;
  cloned(device: SimDevice, clone: SimDevice): void;
  /** The clone is gone. `drained`: it had time to deliver all that it had. */
  cloneGone(device: SimDevice, clone: SimDevice, drained: boolean): void;
  remember(): Seen;
  /** What there was to remember at first. */
  readonly begun: Seen;
  hubRestored(seen: Seen): void;
  report(device: string, what: string): void;
}

interface Watched {
  readonly device: SimDevice;
  readonly account: HubAccount;
  /** It, and its clones. */
  readonly machines: SimDevice[];
}

export function watch(fleet: Fleet): Watch {
  const { world, devices } = fleet;
  const watched = devices.map((device): Watched => ({ device, account: hubAccount(), machines: [device] }));
  const byId = new Map(watched.map((it) => [it.device.id, it]));
  const numbers = hubNumbers();
  const quotas = new Map<string, QuotaWatch>();
  const hadClone = new Set<SimDevice>();
  /** Ids of those that the hub has shown as restored or cloned: a person may have closed that since. */
  const shown = new Set<string>();
  /** Clones of before. */
  const gone = new Set<SimDevice>();
  let { books } = fleet;
  let violation: Violation | undefined;

  const report = (device: string, what: string) => {
    violation ??= { what, device, at: world.elapsed };
  };
  const befell = befallen(world);
  const isExcused = excuses(world, befell, ({ name }) => quotas.get(name));
  const commands = commandWatch(fleet, report, befell);
  const desired = desiredWatch(fleet, report);
  const presence = presenceWatch(fleet, report, befell.calmSince);
  const revocations = revocationWatch(fleet, report);

  const takeNotice = (it: Watched, row: Entry) => {
    it.account.notice(row, world.elapsed);
    if (!isExcused(it.device, it.machines, row))
      report(it.device.name, `${row.count} of ${row.stream} were given up as ${row.reason}`);
  };

  const takeMessage = ({ device, account }: Watched, { event_id, body }: Entry) => {
    const id = parseMessageId(event_id ?? '');
    if (!id) return;
    const { stream, number } = id;
    // One that the hub had for so long that it deleted it may come once more from a disk that was set back.
    const isTwice = () => !befell.mayReturn(device) || books.copiesOf(device.id, `${event_id}`) > 1;
    if (!account.store(stream, number) && isTwice()) report(device.name, `${event_id} is in the hub twice`);
    if (!isTextOf(stream, number, body ?? '')) report(device.name, `${event_id} is not what its source said`);
  };

  const take = (row: Entry) => {
    const it = byId.get(row.device_id);
    if (!it) return;
    const wrong = numbers.take(row, befell.mayReturn(it.device));
    if (wrong) report(it.device.name, wrong);
    if (row.producer !== 'runtime') return;
    if (row.what === 'notice') takeNotice(it, row);
    if (row.what === 'stored') takeMessage(it, row);
    if (row.what === 'moved') it.account.moved(row.stream, row.epoch);
  };

  const lookForSlander = () => {
    for (const id of fleet.books.notUnique()) {
      shown.add(id);
      const device = byId.get(id)?.device;
      if (device && !befell.seemsSetBack(device))
        report(device.name, 'it is shown as restored or cloned, and it is not');
    }
  };

  const readBooks = () => {
    for (const row of books.read() ?? []) take(row);
  };
  const look = () => {
    readBooks();
    commands.look();
    presence.look();
    revocations.look();
    lookForSlander();
  };

  const follow = (device: SimDevice) => {
    device.onApplied = (version) => desired.applied(device, version);
    device.onLoaded = (content) => {
      if (!fleet.machine.blobs.read(digestOf(content))) report(device.name, 'it runs what nobody pushed');
    };
    device.onBegun = ({ id, number }) => commands.begun(device, id, number);
    const quota = quotaWatch(device, report);
    quotas.set(device.name, quota);
    device.medium.onWrite = quota.wrote;
    device.onCrash = (error) =>
      report(device.name, `a process ended by an error of its own: ${describeError(error)}`);
  };
  for (const device of devices) follow(device);

  const lossOf = ({ account }: Watched, machines: readonly SimDevice[]): string | undefined => {
    for (const { ledger, numbers } of machines) {
      const loss = account.lossOf(ledger, numbers);
      if (loss)
        return `${loss.count} messages were promised, and are neither in the hub nor under a notice; the first is ${loss.first}`;
    }
    return undefined;
  };

  const reportLoss = (it: Watched, machines: readonly SimDevice[]) => {
    const loss = lossOf(it, machines);
    if (loss) report(it.device.name, loss);
  };

  const remember = (): Seen => {
    look();
    const kept = [...watched.map(({ account }) => account.remember()), numbers.remember()];
    return () => {
      for (const goBackTo of kept) goBackTo();
    };
  };

  return {
    get violation() {
      return violation;
    },
    look,
    report,
    asked: commands.kept,
    promised: () => sum(watched.flatMap(({ machines }) => machines.map(({ ledger }) => ledger.promised))),
    noticed: () => sum(watched.map(({ account }) => account.noticed)),
    whyNotSettled() {
      look();
      return first(watched, (it) => lossOf(it, it.machines)) ?? commands.open() ?? desired.whyBehind();
    },
    settle() {
      look();
      for (const it of watched) reportLoss(it, it.machines);
      const unsettled = commands.open() ?? desired.whyBehind();
      if (unsettled) report('', unsettled);
      for (const { id, name } of hadClone)
        if (!shown.has(id)) report(name, 'it had a clone, and the hub shows none');
    },
    struck(kind, device) {
      // A power cut may bring back what was removed.
      if (device) world.after(0, () => quotas.get(device.name)?.recount());
      return befell.struck(kind, device);
    },
    roomCame: befell.roomCame,
    lies({ name, ledger }) {
      const mark = ledger.mark();
      return () => {
        ledger.forgive(mark);
        quotas.get(name)?.recount();
      };
    },
    imageTaken(device) {
      const mark = device.ledger.mark();
      const goBack = desired.remember(device);
      return () => {
        readBooks();
        device.ledger.forgive(mark);
        goBack();
        quotas.get(device.name)?.recount();
        commands.setBack(device);
      };
    },
    cloned(device, clone) {
      follow(clone);
      byId.get(device.id)?.machines.push(clone);
      desired.cloned(device, clone);
      commands.setBack(device);
      commands.copyCame(device);
    },
    cloneGone(device, clone, drained) {
      desired.forget(clone);
      commands.copyGone(device);
      if (drained) hadClone.add(device);
      else clone.ledger.forgive(0);
      gone.add(clone);
      const account = byId.get(device.id)?.account;
      for (const [stream, lowest] of lowestOf(device)) account?.copyCameFirst(stream, lowest);
    },
    remember,
    begun: remember(),
    hubRestored(seen) {
      readBooks();
      books = fleet.books;
      hadClone.clear();
      shown.clear();
      for (const it of watched) {
        const left = it.machines.filter((machine) => gone.has(machine));
        reportLoss(it, left);
        // Nobody is there any more to tell a hub that has forgotten it what they delivered.
        for (const { ledger } of left) ledger.forgive(0);
      }
      seen();
      commands.hubRestored();
    },
  };
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

function first<T, R>(items: readonly T[], of: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = of(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
