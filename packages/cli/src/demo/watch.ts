import type { DeviceResource } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import { modelsText, waitingOf } from '../devices/facts.ts';
import { deviceState, reasonText } from '../devices/state.ts';
import { cast, pipeline, type Role } from './cast.ts';
import type { DemoDevice } from './device.ts';
import { type DeviceFigures, figuresOf } from './figures.ts';
import { openSiteBook, type SiteBook, type SiteCounts } from './site-book.ts';
import type { SiteView } from './view.ts';

/** What is known of the fleet, looked at again and again. */
export interface Watch {
  /** Looks at the hub and the ledgers. Throws while the hub is away. */
  look(): Promise<void>;
  readonly sites: readonly SiteView[];
  readonly allReady: boolean;
  /** Where a device's pipeline takes frames, once it serves. */
  urlOf(device: DemoDevice): string | undefined;
  /** Where the first device that serves answers clients. */
  readonly rest: string | undefined;
  /** Whether the hub holds all that was promised, and no device holds more. */
  readonly drained: boolean;
  figures(): Promise<DeviceFigures[]>;
}

interface Site {
  readonly role: Role;
  readonly book: SiteBook;
}

export function watchFleet(
  project: ProjectClient,
  devices: readonly DemoDevice[],
  labels: readonly string[],
): Watch {
  const sites = cast.flatMap((role): Site[] => {
    const found = devices.find((device) => device.role === role);
    const book = found && openSiteBook({ project, device: role.device, ledger: found.ledger, labels });
    return book ? [{ role, book }] : [];
  });
  let known = new Map<string, DeviceResource>();
  const deviceOf = ({ device }: Role) => known.get(device);

  async function look(): Promise<void> {
    const list = await project.devices.list();
    known = new Map(list.map((device) => [device.metadata.name, device]));
    await Promise.all(sites.map(({ book }) => book.readOn()));
  }

  return {
    look,
    get sites() {
      return sites.map(({ role, book }) => siteView(role, deviceOf(role), book.counts));
    },
    get allReady() {
      return sites.length === cast.length && sites.every(({ role }) => isReady(deviceOf(role)));
    },
    urlOf({ role }) {
      const device = deviceOf(role);
      return isReady(device) ? device?.status.reported.pipelines?.[pipeline]?.url : undefined;
    },
    get rest() {
      return sites
        .map(({ role }) => deviceOf(role)?.status.reported.serving?.rest)
        .find((it) => it !== undefined);
    },
    get drained() {
      return sites.every(({ role, book }) => {
        const device = deviceOf(role);
        return device !== undefined && waitingOf(device) === 0 && book.counts.lost === 0;
      });
    },
    async figures() {
      return Promise.all(
        sites.map(async ({ role, book }) => {
          const streams = await book.settle();
          return figuresOf({ role, device: deviceOf(role), counts: book.counts, streams });
        }),
      );
    },
  };
}

function isReady(device: DeviceResource | undefined): boolean {
  if (!device || deviceState(device).kind !== 'ready') return false;
  return device.status.reported.pipelines?.[pipeline]?.phase === 'Serving';
}

const joining = { sign: '↻', word: 'Joining', shade: 'blue' } as const;
const noCounts: SiteCounts = { promised: 0, held: 0, lost: 0, judged: 0, correct: 0, repeated: 0 };

/** What is known of the sites before their devices have joined. */
export const sitesAtFirst: readonly SiteView[] = cast.map((role) => siteView(role, undefined, noCounts));

function siteView(role: Role, device: DeviceResource | undefined, counts: SiteCounts): SiteView {
  const state = device ? deviceState(device) : joining;
  const reported = device?.status.reported.pipelines?.[pipeline];
  const isBad = role.bad && state.sign === '✓' && counts.judged > 0;
  return {
    site: role.site,
    device: role.device,
    // A camera that is bad is worth a look, however ready its device is.
    sign: isBad ? '!' : state.sign,
    word: state.word,
    shade: isBad ? 'yellow' : state.shade,
    why: device ? reasonText(deviceState(device)) : '',
    model: device ? modelsText(device) : '-',
    frames: counts.promised,
    correct: counts.judged === 0 ? undefined : counts.correct / counts.judged,
    p50Us: reported?.p50Us,
    p99Us: reported?.p99Us,
    captured: reported?.captured ?? 0,
    delivered: counts.held,
    waiting: device && waitingOf(device),
  };
}
