import type { Clock, Disk, Logger } from '@skerry/kit';
import { accessLog } from './access-log.ts';
import { type Observer, observers } from './call.ts';
import { openLineSink } from './line-sink.ts';

export interface ObserveOptions {
  readonly settings: {
    readonly accessLog?: string | undefined;
    readonly otlpEndpoint?: string | undefined;
    readonly traceRatio: number;
  };
  readonly ports: { readonly clock: Clock; readonly disk: Disk };
  readonly logger: Logger;
  readonly version: string;
}

/** What looks on at requests, as the settings want it; `observer` is undefined where nothing does. */
export interface Observing {
  readonly observer: Observer | undefined;
  /** Writes and sends what waits. */
  close(): Promise<void>;
}

export async function openObservers({
  settings,
  ports,
  logger,
  version,
}: ObserveOptions): Promise<Observing> {
  const { clock } = ports;
  const { accessLog: path, otlpEndpoint: endpoint, traceRatio: ratio } = settings;
  const opened: (Observer & { close(): Promise<void> })[] = [];
  // The trace comes first, so that the log can name it.
  if (endpoint !== undefined) {
    const { openTraces } = await import('./tracer.ts');
    opened.push(openTraces({ endpoint, ratio, version, clock, logger }));
  }
  if (path !== undefined) opened.push(accessLog(await openLineSink(ports.disk, path), { clock, logger }));
  return {
    observer: observers(opened),
    async close() {
      await Promise.all(opened.map((one) => one.close()));
    },
  };
}
