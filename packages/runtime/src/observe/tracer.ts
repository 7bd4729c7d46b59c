import type { Context, Span, Tracer } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { type Clock, type Logger, withDeadline } from '@skerry/kit';
import type { Call, Observer } from './call.ts';
import { type Parent, parseTraceparent, traceparentOf } from './traceparent.ts';

export interface TracerOptions {
  /** Base address of an OTLP/HTTP collector, such as `http://localhost:4318`. */
  readonly endpoint: string;
  /** Part of the requests that is traced where the caller has not decided, from 0 to 1. */
  readonly ratio: number;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Traces extends Observer {
  /** Sends what waits, within a few seconds. */
  close(): Promise<void>;
}

/** For one delivery with its repetitions, and so for the last one. */
const DELIVERY_MS = 3_000;

/**
 * A span for each request and, within it, one for each part of an inference, sent by OTLP/HTTP. The queue to the
 * collector is bounded: what it is too slow for is dropped. The SDK is loaded with the first call.
 */
export async function openTraces(options: TracerOptions): Promise<Traces> {
  const { clock } = options;
  const api = await import('@opentelemetry/api');
  const provider = await openProvider(options);
  const tracer = provider.getTracer('skerry', options.version);
  const spans = new WeakMap<Call, Span>();

  return {
    opened(call) {
      const { traceparent, beganAt: startTime, method } = call;
      const parent = parentContext(api, parseTraceparent(traceparent));
      const span = tracer.startSpan(method, { kind: api.SpanKind.SERVER, startTime }, parent);
      const { traceId, spanId, traceFlags: flags } = span.spanContext();
      call.trace = { traceId, traceparent: traceparentOf({ traceId, spanId, flags }) };
      spans.set(call, span);
    },
    closed(call) {
      const span = spans.get(call);
      if (!span?.isRecording()) return;
      describe(span, call);
      if (isFault(call)) span.setStatus({ code: api.SpanStatusCode.ERROR });
      const end = call.beganAt + call.durationMs;
      if (call.timing) addParts(tracer, api.trace.setSpan(api.ROOT_CONTEXT, span), call.timing, end);
      span.end(end);
    },
    async close() {
      await withDeadline(provider.shutdown(), DELIVERY_MS, clock, 'sending the last spans').catch(() => {});
    },
  };
}

async function openProvider({ endpoint, ratio, version, logger }: TracerOptions) {
  const sdk = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: DELIVERY_MS });
  return new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'skerry-runtime', 'service.version': version }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: telling(exporter, logger) })],
  });
}

/** As OpenTelemetry reads `OTEL_EXPORTER_OTLP_ENDPOINT`: the address of traces stands below it. */
const tracesUrl = (endpoint: string) => `${endpoint.replace(/\/+$/, '')}/v1/traces`;

/** Says in our log when spans do not arrive, which the SDK keeps to itself. */
function telling(exporter: SpanExporter, logger: Logger): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error)
          logger.warn('spans were not delivered', { error: result.error, spans: spans.length });
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

function parentContext(api: typeof import('@opentelemetry/api'), parent: Parent | undefined): Context {
  if (!parent) return api.ROOT_CONTEXT;
  const { traceId, spanId, flags: traceFlags } = parent;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Names of OpenTelemetry's semantic conventions, and our own where it has none. */
function describe(span: Span, { protocol, method, path, client, status, model, version, code }: Call): void {
  const isHttp = protocol === 'http';
  if (model !== undefined) {
    span.updateName(isHttp ? `${method} ${path}` : `${method} ${model}`);
    span.setAttributes({ 'skerry.model.name': model, 'skerry.model.version': version });
  }
  if (code !== undefined) span.setAttribute('error.type', code);
  span.setAttribute('client.address', client);
  if (isHttp)
    span.setAttributes({
      'http.request.method': method,
      'url.path': path,
      'http.response.status_code': status,
    });
  else span.setAttributes({ 'rpc.system': 'grpc', 'rpc.method': method, 'rpc.grpc.status_code': status });
}

const isFault = ({ protocol, status }: Call) =>
  protocol === 'http' ? status < 0 || status >= 500 : status !== 0;

function addParts(tracer: Tracer, parent: Context, timing: NonNullable<Call['timing']>, endMs: number): void {
  const { queueUs, inputUs, inferUs, outputUs } = timing;
  const parts = [
    ['queue', queueUs],
    ['input', inputUs],
    ['infer', inferUs],
    ['output', outputUs],
  ] as const;
  let at = endMs - (queueUs + inputUs + inferUs + outputUs) / 1000;
  for (const [name, us] of parts) {
    const span = tracer.startSpan(name, { startTime: at }, parent);
    at += us / 1000;
    span.end(at);
  }
}
