import { type DesiredVersion, features, type Opened, openDesired } from '@skerry/contracts';
import {
  type Clock,
  type Disk,
  type Logger,
  mendWithCopy,
  type Random,
  readWithCopy,
  retry,
  writeWithCopy,
} from '@skerry/kit';
import { agentError } from '../errors.ts';
import { derOf } from '../identity/identity.ts';
import { judgedAt } from '../identity/judged-at.ts';
import type { FetchedDesired, Link } from '../link/link.ts';
import { reading } from '../reading.ts';
import type { Self } from '../self.ts';
import { type Kept, keptFile, openFirst } from './kept-file.ts';
import { type Parts, readParts } from './parts.ts';

/** A desired state that was verified. */
export interface Desired extends DesiredVersion {
  readonly parts: Parts;
}

/** The hub's intent for this device: fetched, verified, and kept for a start without the hub. */
export interface DesiredSource {
  /** What to work towards; undefined until there was any. */
  readonly current: Desired | undefined;
  /** A version that must not be tried, and the features that it asks for and this agent lacks. */
  readonly blocked: (DesiredVersion & { readonly lacks: readonly string[] }) | undefined;
  /** Whether the hub's document has another ETag than the one held. */
  differs(etag: string): boolean;
  /** Reads what was kept on the disk. */
  restore(): Promise<void>;
  /**
   * What is wanted (any, where no ETag is known) was fetched and could not be kept, as on a full disk: the next fetch
   * takes that one, and asks nobody.
   */
  isUnkept(wanted: string | undefined): boolean;
  /**
   * Asks the hub; `wanted` is the ETag that it offered last. True when there is something new. Rejects with
   * `SignatureInvalid`, or as the link and the disk do.
   */
  fetch(signal: AbortSignal, wanted?: string): Promise<boolean>;
}

export interface DesiredOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly link: Pick<Link, 'fetchDesired'>;
  readonly self: Pick<Self, 'identity' | 'time' | 'kept'>;
  readonly folder: string;
  /** What this device applied last: nothing older is taken, whatever became of the disk's copy of it. */
  readonly applied: () => DesiredVersion | undefined;
}

export function desiredSource(options: DesiredOptions): DesiredSource {
  const { disk, logger, link, self, folder, applied } = options;
  const file = keptFile(folder);
  let current: Desired | undefined;
  let blocked: DesiredSource['blocked'];
  let etag: string | undefined;
  let unkept: FetchedDesired | undefined;

  const isGoneBy = (offered: DesiredVersion) =>
    [current, applied()].some((held) => held !== undefined && isOlder(offered, held));

  const openFetched = ({ document, verifiedAt }: Kept) => {
    const { hubId, projectId, deviceId, root } = self.identity;
    const now = verifiedAt;
    return requireOpened(openDesired(document, { hubId, projectId, deviceId, root: derOf(root), now }));
  };

  const isUnkept = (wanted: string | undefined) =>
    unkept !== undefined && opaque(wanted ?? unkept.etag) === opaque(unkept.etag);

  const keep = async (fetched: FetchedDesired, next: Kept) => {
    try {
      // It may stand under a root that is not on the disk yet, and would be no use there without it.
      await self.kept();
      await disk.makeFolder(folder);
      await writeWithCopy(disk, file, JSON.stringify(next));
    } catch (error) {
      unkept = fetched;
      throw error;
    }
  };

  const take = async (fetched: FetchedDesired): Promise<boolean> => {
    const signer = fetched.document.chain.map(derOf);
    const next: Kept = { ...fetched, verifiedAt: judgedAt(signer, self.time) };
    const { statement, body } = openFetched(next);
    self.time.witness(Date.parse(statement.issuedAt));
    const { epoch, version, requires } = statement;
    if (isGoneBy({ epoch, version })) {
      logger.warn('an older desired state was offered and not taken', { epoch, version });
      return false;
    }
    const lacks = requires.filter((feature) => !(features as readonly string[]).includes(feature));
    blocked = lacks.length > 0 ? { epoch, version, lacks } : undefined;
    if (!blocked) {
      await keep(fetched, next);
      current = { epoch, version, parts: readParts(body) };
    }
    // Not before it is kept: what a full disk refused is not here.
    etag = fetched.etag;
    return true;
  };

  return {
    get current() {
      return current;
    },
    get blocked() {
      return blocked;
    },
    isUnkept,
    differs: (offered) => opaque(offered) !== opaque(etag ?? ''),

    async restore() {
      const read = () => readWithCopy(disk, file);
      try {
        const found = await retry(read, { ...options, ...reading });
        if (found.length === 0) return;
        const held = openFirst(found, file, self.identity);
        const { epoch, version } = held.statement;
        if (isGoneBy(held.statement))
          throw agentError('StorageFailed', `${file} has v${version}, and a newer one was applied`);
        current = { epoch, version, parts: readParts(held.body) };
        etag = held.etag;
        await mendWithCopy(disk, file, held.bytes).then(
          (wasMended) => wasMended && logger.warn('a file that was not as its copy was mended', { file }),
          (error) => logger.warn('a file is not as its copy, and cannot be mended now', { file, error }),
        );
      } catch (error) {
        logger.error('the desired state on the disk cannot be used; it will be fetched again', { error });
      }
    },

    async fetch(signal, wanted) {
      const fetched = isUnkept(wanted) ? unkept : await link.fetchDesired(etag, signal);
      unkept = undefined;
      return fetched ? take(fetched) : false;
    },
  };
}

function requireOpened(opened: Opened): Extract<Opened, { ok: true }> {
  if (opened.ok) return opened;
  throw agentError('SignatureInvalid', `the desired state is not taken: ${opened.why}`);
}

/** Versions are ordered within an epoch of the hub; an epoch replaces the ones before it. */
export function isOlder(offered: DesiredVersion, held: DesiredVersion): boolean {
  return offered.epoch < held.epoch || (offered.epoch === held.epoch && offered.version < held.version);
}

/** The opaque part of an entity tag (RFC 9110 §8.8.3). */
const opaque = (tag: string) => tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
