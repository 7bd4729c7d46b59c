import {
  type CodeName,
  type Inventory,
  type JoinRequest,
  type JoinResponse,
  joinProof,
  type Labels,
  type RenewRequest,
  type RenewResponse,
  renewProof,
} from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError } from '../errors.ts';
import { isSecret } from '../secret.ts';
import { seldom } from '../seldom.ts';
import { nowText } from '../time.ts';
import type { Authority } from './authority.ts';
import type { DeviceCertificates, VerifiedDevice } from './device-certificates.ts';
import { type DeviceKey, provenKey } from './device-key.ts';
import type { Standing } from './standing/service.ts';
import { findTokenUse, holdToken, insertTokenUse } from './store.ts';
import type { DeviceTokenRow } from './tables.ts';
import { aboutToken } from './tokens.ts';

export interface NewDevice {
  readonly projectId: string;
  /** What it shall be called, or would like to be: then another name may be given if that one is taken. */
  readonly name: { readonly fixed: string } | { readonly wish: string };
  readonly siteId: string | null;
  readonly labels: Labels;
  readonly inventory: Inventory;
}

/** What joining needs of the fleet, whose feature is another. */
export interface Fleet {
  addDevice(db: Executor, device: NewDevice): Promise<{ deviceId: string }>;
  /** Undefined when the project has no such device any more. */
  describeDevice(deviceId: string): Promise<{ name: string; project: string; projectId: string } | undefined>;
}

export interface Joining {
  join(request: JoinRequest): Promise<JoinResponse>;
  renew(device: VerifiedDevice, request: RenewRequest): Promise<RenewResponse>;
}

export interface JoiningOptions {
  readonly context: HubContext;
  readonly authority: Authority;
  readonly certificates: DeviceCertificates;
  readonly standing: Pick<Standing, 'readmitEnded'>;
  readonly addresses: () => readonly string[];
  readonly fleet: Fleet;
}

type Outcome = { readonly deviceId: string } | Refusal;
interface Refusal {
  readonly refused: CodeName;
  readonly detail: string;
  readonly projectId?: string;
}

const AUDITED_EVERY_MS = 60_000;

export function joining(options: JoiningOptions): Joining {
  const { context, authority, certificates, standing, addresses, fleet } = options;
  const { db, clock, logger, record } = context;
  const isNews = seldom(clock, AUDITED_EVERY_MS);

  const refuse = async ({ refused, detail, projectId }: Refusal, tokenId: string): Promise<never> => {
    if (projectId && isNews(tokenId)) {
      const about = aboutToken(tokenId);
      await record(db, {
        projectId,
        severity: 'Warning',
        reason: 'TokenRefused',
        message: detail,
        by: 'hub',
        about,
      });
    }
    logger.warn('a join was refused', { code: refused, tokenId });
    throw hubError(refused, detail);
  };

  const admit = (request: JoinRequest, key: DeviceKey): Promise<Outcome> =>
    db.transaction().execute(async (trx) => {
      const token = await holdToken(trx, request.tokenId);
      if (!token || !isSecret(request.secret, token.secret_sha256)) return forged(token?.project_id);
      const use = await findTokenUse(trx, token.id, key.sha256);
      const refusal = fault(token, use !== undefined, clock.now());
      if (refusal) return refusal;
      if (use) return { deviceId: use.device_id };
      const { deviceId } = await fleet.addDevice(trx, newDevice(request, token));
      const at = nowText(clock);
      await insertTokenUse(trx, { token_id: token.id, key_sha256: key.sha256, device_id: deviceId, at });
      return { deviceId };
    });

  return {
    async join(request) {
      const key = provenKey(request.publicKey, joinProof(request.tokenId, request.publicKey), request.proof);
      const outcome = await admit(request, key);
      if ('refused' in outcome) return refuse(outcome, request.tokenId);
      const device = await fleet.describeDevice(outcome.deviceId);
      if (!device) return refuse(removed, request.tokenId);
      const { name, project, projectId } = device;
      const chain = await certificates.issue({ projectId, deviceId: outcome.deviceId }, key);
      const { hubId } = authority;
      return {
        hubId,
        projectId,
        project,
        deviceId: outcome.deviceId,
        name,
        chain,
        addresses: [...addresses()],
      };
    },

    async renew(device, { publicKey, proof }) {
      const key = provenKey(publicKey, renewProof(device.deviceId, publicKey), proof);
      if (device.expired) await standing.readmitEnded(device);
      return { chain: await certificates.issue(device, key) };
    },
  };
}

/** A key that has used the token already is answered again, even after its end: a lost reply costs a try. */
function fault(token: DeviceTokenRow, usedByKey: boolean, now: number): Refusal | undefined {
  const refusal = (refused: CodeName, detail: string) => ({ refused, detail, projectId: token.project_id });
  if (token.revoked_at !== null) return refusal('TokenInvalid', 'the join token was revoked');
  if (usedByKey) return undefined;
  if (now > Date.parse(token.expires_at))
    return refusal('TokenExpired', `the join token expired at ${token.expires_at}`);
  if (token.used >= token.uses)
    return refusal(
      'TokenUsed',
      `the join token was used ${token.used} of ${token.uses} times, by other keys`,
    );
  return undefined;
}

/** One answer whether the token is unknown or its secret wrong. */
function forged(projectId: string | undefined): Refusal {
  const detail = 'the join token is not one of this hub’s';
  return { refused: 'TokenInvalid', detail, ...(projectId !== undefined && { projectId }) };
}

const removed: Refusal = {
  refused: 'TokenUsed',
  detail: 'the device that this key became was removed from the fleet',
};

function newDevice(request: JoinRequest, token: DeviceTokenRow): NewDevice {
  const wish = request.name ?? request.inventory.hostname;
  return {
    projectId: token.project_id,
    name: token.device_name === null ? { wish } : { fixed: token.device_name },
    siteId: token.site_id,
    labels: JSON.parse(token.labels),
    inventory: request.inventory,
  };
}
