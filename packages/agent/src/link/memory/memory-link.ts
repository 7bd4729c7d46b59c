import type {
  BatchHeader,
  CommandAnswer,
  Confirm,
  Hello,
  RenewRequest,
  RenewResponse,
  Report,
} from '@skerry/contracts';
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
  /** A hub without it renews nothing. */
  renew?(request: RenewRequest): RenewResponse;
}

export interface MemoryLink extends Link {
  /** While it is down no connection comes about, and the one that was is cut. */
  setUp(up: boolean): void;
}

const TAKEN_OVER_MS = 10_000;

/** A link without a wire: what is said arrives a microtask later, in order. For tests and simulations. */
export function memoryLink(hub: MemoryHub): MemoryLink {
  let end: ((why: string) => void) | undefined;
  let giveWay = () => {};
  let up = true;
  const requireUp = () => {
    if (!up) throw agentError('Unreachable', 'the link is down');
  };

  return {
    async connect(listener, signal) {
      signal.throwIfAborted();
      requireUp();
      giveWay();
      const { promise: ended, resolve } = Promise.withResolvers<string>();
      let isOpen = true;
      const endThis = (why: string) => {
        isOpen = false;
        resolve(why);
      };
      end = endThis;
      giveWay = () => {
        if (isOpen) listener.busy({ retryAfterMs: TAKEN_OVER_MS, reason: 'SessionTakenOver' });
        endThis('another connection took its place');
      };
      const later = (deliver: () => void) => {
        if (isOpen) queueMicrotask(() => up && deliver());
      };
      const connection: LinkConnection = {
        address: 'memory:',
        ended,
        hello: (hello) => later(() => hub.hello(hello, listener)),
        confirm: (confirm) => later(() => hub.confirm(confirm, listener)),
        batch: (header, body) => later(() => hub.batch(header, body, listener)),
        report: (report) => later(() => hub.report(report, listener)),
        answer: (answer) => later(() => hub.answer(answer, listener)),
        close: async () => endThis('closed'),
      };
      return connection;
    },
    async fetchDesired(etag) {
      requireUp();
      return hub.desired(etag);
    },
    async renew(request) {
      requireUp();
      if (hub.renew) return hub.renew(request);
      throw agentError('Unavailable', 'this hub renews nothing');
    },
    setUp(value) {
      up = value;
      if (!up) end?.('the link is down');
    },
  };
}
