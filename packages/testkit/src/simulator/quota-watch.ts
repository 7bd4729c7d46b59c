import { type SimDevice, STATE_FOLDER } from './sim-device.ts';

/** Holds the outbox of one machine against its quota. */
export interface QuotaWatch {
  /** So many bytes were written: the outbox has grown by no more. */
  wrote(bytes: number): void;
  /** The disk may be another than it was. */
  recount(): void;
  /** Something may have had to go, once. */
  readonly hadToGive: boolean;
}

/** Full, as a share of the quota: the runtime has a part of it, and keeps some of that free. */
const FULL = 0.75;
/** What may be written, as a share of the quota, before it is counted again; counting takes a look at every file. */
const UNCOUNTED = 1 / 16;

export function quotaWatch(device: SimDevice, report: (device: string, what: string) => void): QuotaWatch {
  let uncounted = 0;
  let most = 0;
  const recount = () => {
    const bytes = device.medium.disk.bytesIn(`${STATE_FOLDER}/outbox`);
    uncounted = Math.min(device.quota - bytes, device.quota * UNCOUNTED);
    most = Math.max(most, bytes);
    if (bytes > device.quota) report(device.name, `its outbox has ${bytes} bytes, over ${device.quota}`);
  };
  return {
    wrote(bytes) {
      uncounted -= bytes;
      if (uncounted < 0) recount();
    },
    recount,
    get hadToGive() {
      return most >= device.quota * FULL;
    },
  };
}
