import type { Lifted } from '@skerry/contracts';
import type { Write } from '../../api/objects.ts';
import type { HubContext } from '../../context.ts';
import type { Executor } from '../../db/schema.ts';
import { hubError } from '../../errors.ts';
import { deviceNamed, deviceTargets } from '../../fleet/read-model.ts';
import { nowText, timeText } from '../../time.ts';
import type { VerifiedDevice } from '../device-certificates.ts';
import { lastCertificateEnd } from '../store.ts';
import { outsideOf } from './read-model.ts';
import { findStanding, putStanding } from './store.ts';
import type { DeviceStandingRow } from './tables.ts';

/**
 * What becomes of a device that comes back after its certificate has ended, and proves that it still has the key: it
 * gets another (`allow`), it waits until a person has said so (`ask`), or it stays outside (`refuse`).
 */
export const expiredPolicies = ['allow', 'ask', 'refuse'] as const;
export type ExpiredPolicy = (typeof expiredPolicies)[number];

export interface StandingOptions {
  readonly context: HubContext;
  readonly policy: ExpiredPolicy;
  /** Tells every hub, from the commit on, to cut the device's connections. */
  readonly announce: (trx: Executor, deviceId: string) => Promise<void>;
}

type By = Pick<Write, 'projectId' | 'by'>;
export type Standing = ReturnType<typeof deviceStanding>;

const DAY = 86_400_000;

/** How devices stand with their hub: who is revoked, and who comes back after the certificate has ended. */
export function deviceStanding({ context, policy, announce }: StandingOptions) {
  const { db, clock, record } = context;

  const tell = async (trx: Executor, device: VerifiedDevice, readmitted: boolean, message: string) => {
    const { projectId, deviceId } = device;
    const [found] = await deviceTargets(trx, projectId, [deviceId]);
    await record(trx, {
      projectId,
      deviceId,
      severity: readmitted ? 'Normal' : 'Warning',
      reason: readmitted ? 'Readmitted' : 'CertificateEnded',
      message,
      by: 'hub',
      about: `device/${found?.name ?? deviceId}`,
    });
  };

  const keepOutside = async (
    trx: Executor,
    device: VerifiedDevice,
    answer: string,
    standing: DeviceStandingRow | undefined,
  ) => {
    const isNews = standing?.asked_at == null;
    await putStanding(trx, device.deviceId, { asked_at: standing?.asked_at ?? nowText(clock), answer });
    if (isNews) await tell(trx, device, false, `${endedAgo(device)}; ${answer}`);
    return answer;
  };

  const endedAgo = ({ expiresAt }: VerifiedDevice) =>
    `it came back ${Math.floor((clock.now() - expiresAt) / DAY)} days after its certificate had ended`;

  return {
    /** Of a device whose certificate has ended, before it gets another. Rejects with `CertificateEnded`. */
    async readmitEnded(device: VerifiedDevice): Promise<void> {
      const refusal = await db.transaction().execute(async (trx) => {
        const standing = await findStanding(trx, device.deviceId);
        if (policy !== 'allow' && !hasWordFor(standing, device))
          return keepOutside(trx, device, answers[policy], standing);
        await putStanding(trx, device.deviceId, { asked_at: null, answer: null });
        await tell(trx, device, true, `${endedAgo(device)}, and gets another`);
        return undefined;
      });
      if (refusal !== undefined) throw hubError('CertificateEnded', `the certificate has ended: ${refusal}`);
    },

    /** None of the device's certificates is good from the commit on; then its connections are to be cut. Its id. */
    revoke: (name: string, { projectId, by }: By): Promise<string> =>
      db.transaction().execute(async (trx) => {
        const { id } = await deviceNamed(trx, projectId, name);
        await putStanding(trx, id, { revoked_at: nowText(clock), readmitted_at: null });
        await announce(trx, id);
        const event = { projectId, deviceId: id, by, about: `device/${name}` };
        await record(trx, {
          ...event,
          reason: 'Revoked',
          message: `revoked by ${by}; it stays in the fleet`,
        });
        return id;
      }),

    /** A person's word: what was revoked counts again, and a certificate that has ended by now is renewed. */
    async readmit(trx: Executor, deviceId: string): Promise<Lifted | undefined> {
      const row = await findStanding(trx, deviceId);
      const why = row && outsideOf(row);
      const ended = why?.lastTransitionTime ?? (await lastCertificateEnd(trx, deviceId));
      if (ended === undefined || (!why && Date.parse(ended) > clock.now())) return undefined;
      const open = { revoked_at: null, asked_at: null, answer: null };
      await putStanding(trx, deviceId, { ...open, readmitted_at: timeText(clock.now()) });
      const reason = why?.reason === 'Revoked' ? 'Revoked' : 'CertificateEnded';
      return { reason, message: why?.message ?? AWAY, since: ended, done: follows[reason] };
    },
  };
}

const hasWordFor = (standing: DeviceStandingRow | undefined, { expiresAt }: VerifiedDevice) =>
  standing?.readmitted_at != null && Date.parse(standing.readmitted_at) >= expiresAt;

const AWAY = 'its last certificate ended while it was away';
const follows = {
  Revoked: 'its certificates count again',
  CertificateEnded: 'it gets another when it comes back',
} as const;

const answers = {
  ask: 'it waits until a person lets it in',
  refuse: 'this hub lets no such device come back by itself',
} as const;
