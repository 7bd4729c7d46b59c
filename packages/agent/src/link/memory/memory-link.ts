import type { BatchHeader, CommandAnswer, Confirm, Hello, Report } from '@skerry/contracts';
import { agentError } from '../../errors.ts';
import type { FetchedDesired, Link, LinkConnection, LinkListener } from '../link.ts';

/** The hub's end of a connection in memory. */
export interface MemoryHub {
  hello(hello: Hello, device: LinkListener): void;
  confirm(confirm: Confirm, device: LinkListener): void;
  batch(header: BatchHeader, compressedBody: Uint8Array, device: LinkListener): void;
  report(report: Report, device: LinkListener): void;
  answer(answer: CommandAnswer, device: LinkListener): void;
  desired(etag: string | undefined): FetchedDesired | undefined;
}

export interface MemoryLink extends Link {
  /** While it is down no connection comes about, and those that were are cut. */
  setUp(up: boolean): void;
}

/** A link without a wire: what is said arrives a microtask later, in order. For tests and simulations. */
export function memoryLink(hub: MemoryHub): MemoryLink {
  const cuts = new Set<(why: string) => void>();
  let up = true;
  const later = (deliver: () => void) => queueMicrotask(() => up && deliver());

  return {
    async connect(listener) {
      if (!up) throw agentError('Unreachable', 'the link is down');
      const { promise: ended, resolve: end } = Promise.withResolvers<string>();
      cuts.add(end);
      const connection: LinkConnection = {
        address: 'memory:',
        ended,
        hello: (hello) => later(() => hub.hello(hello, listener)),
        confirm: (confirm) => later(() => hub.confirm(confirm, listener)),
        batch: (header, body) => later(() => hub.batch(header, body, listener)),
        report: (report) => later(() => hub.report(report, listener)),
        answer: (answer) => later(() => hub.answer(answer, listener)),
        async close() {
          cuts.delete(end);
          end('closed');
        },
      };
      return connection;
    },
    async fetchDesired(etag) {
      if (!up) throw agentError('Unreachable', 'the link is down');
      return hub.desired(etag);
    },
    async renew() {
      throw agentError('Unavailable', 'this hub renews nothing');
    },
    setUp(value) {
      up = value;
      if (up) return;
      for (const cut of cuts) cut('the link is down');
      cuts.clear();
    },
  };
}
