import { type SimDevice, STATE_FOLDER } from './sim-device.ts';

/** Holds the outbox of one machine against its quota. */
export interface QuotaWatch {
  /** So many bytes were written: the outbox has grown by no more. */
  wrote(bytes: number): void;
  /** The disk may be another than it was. */
  recount(): void;
}

/** Counts only when what was written since could have filled it, since counting takes a look at every file. */
export function quotaWatch(device: SimDevice, report: (device: string, what: string) => void): QuotaWatch {
  let room = 0;
  const recount = () => {
    const bytes = device.medium.disk.bytesIn(`${STATE_FOLDER}/outbox`);
    room = device.quota - bytes;
    if (room < 0) report(device.name, `its outbox has ${bytes} bytes, over ${device.quota}`);
  };
  return {
    wrote(bytes) {
      room -= bytes;
      if (room < 0) recount();
    },
    recount,
  };
}
