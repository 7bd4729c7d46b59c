import { type DownKind, encodeBatch, type UpKind } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { hear } from '../hear.ts';
import type { LinkListener } from '../link.ts';
import { type Heard, linkConformance } from '../link-conformance.ts';
import { memoryLink } from './memory-link.ts';

linkConformance('in memory', async () => {
  const heard: Heard[] = [];
  const note = (kind: UpKind) => (message: object) =>
    void heard.push({ kind, payload: Buffer.from(JSON.stringify(message)) });
  const document = { body: '{}' } as never;
  const link = memoryLink({
    hello: note('hello'),
    confirm: note('confirm'),
    report: note('report'),
    answer: note('answer'),
    batch: (header, body) => void heard.push({ kind: 'batch', payload: encodeBatch(header, body) }),
    desired: (etag) => (etag === '"1"' ? undefined : { etag: '"1"', document }),
    renew: () => ({ chain: ['-----BEGIN CERTIFICATE-----'] }),
  });
  /** The hub says something to whichever connection is the newest. */
  let device: LinkListener | undefined;
  const listening = {
    ...link,
    connect: (listener: LinkListener, signal: AbortSignal) => {
      device = listener;
      return link.connect(listener, signal);
    },
  };
  return {
    link: listening,
    heard,
    tell: async (kind: DownKind, message: object) => {
      if (device) hear(kind, () => message, device, silentLogger);
    },
    async cut() {
      link.setUp(false);
      link.setUp(true);
    },
    setUp: async (up: boolean) => link.setUp(up),
    renewal: { publicKey: '', proof: '' },
    close: async () => {},
  };
});
