import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
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
 * collector is bounded: what it is too slow for is dropped. To be imported where it is wanted alone: the SDK is large.
 */
export function openTraces(options: TracerOptions): Traces {
  const { clock } = options;
  const provider = openProvider(options);
  const tracer = provider.getTracer('skerry', options.version);
  const spans = new WeakMap<Call, Span>();

  return {
    opened(call) {
      const { traceparent, beganAt: startTime, method } = call;
      const parent = parentContext(parseTraceparent(traceparent));
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, startTime }, parent);
      const { traceId, spanId, traceFlags: flags } = span.spanContext();
      call.trace = { traceId, traceparent: traceparentOf({ traceId, spanId, flags }) };
      spans.set(call, span);
    },
    closed(call) {
      const span = spans.get(call);
      if (!span?.isRecording()) return;
      describe(span, call);
      if (isFault(call)) span.setStatus({ code: SpanStatusCode.ERROR });
      const end = call.beganAt + call.durationMs;
      if (call.timing) addParts(tracer, trace.setSpan(ROOT_CONTEXT, span), call.timing, end);
      span.end(end);
    },
    async close() {
      await withDeadline(provider.shutdown(), DELIVERY_MS, clock, 'sending the last spans').catch(() => {});
    },
  };
}

function openProvider({ endpoint, ratio, version, logger }: TracerOptions): TracerProvider {
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: DELIVERY_MS });
  return new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'skerry-runtime', 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: telling(exporter, logger) })],
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

function parentContext(parent: Parent | undefined): Context {
  if (!parent) return ROOT_CONTEXT;
  const { traceId, spanId, flags: traceFlags } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
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
