/** Where the span of a caller stands (W3C Trace Context, §3.2). */
export interface Parent {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

const pattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Undefined for what is not valid, which the standard wants passed over. */
export function parseTraceparent(header: string | undefined): Parent | undefined {
  const [, version, traceId, spanId, flags, more] = (header && pattern.exec(header)) || [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined;
  return { traceId: traceId!, spanId: spanId!, flags: Number.parseInt(flags!, 16) };
}

export const traceparentOf = ({ traceId, spanId, flags }: Parent): string =>
  `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
