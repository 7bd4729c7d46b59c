import type { Call } from './call.ts';

/** A call as a line of JSON, durations in ms. */
export function accessLine(call: Call): string {
  const { protocol, client, method, path, status, durationMs, beganAt, model, version, code, trace } = call;
  let line = `{"time":"${new Date(beganAt).toISOString()}","protocol":"${protocol}","client":"${client}",`;
  line += `"method":${JSON.stringify(method)},"path":${JSON.stringify(path)},"status":${status},"duration":${ms(durationMs)}`;
  if (model !== undefined) line += `,"model":${JSON.stringify(model)},"version":${JSON.stringify(version)}`;
  if (call.timing) line += timingPart(call.timing);
  if (code !== undefined) line += `,"code":"${code}"`;
  if (trace !== undefined) line += `,"traceId":"${trace.traceId}"`;
  return `${line}}\n`;
}

const timingPart = ({ queueUs, inputUs, inferUs, outputUs }: NonNullable<Call['timing']>) =>
  `,"queue":${ms(queueUs / 1000)},"input":${ms(inputUs / 1000)},"infer":${ms(inferUs / 1000)},"output":${ms(outputUs / 1000)}`;

const ms = (value: number) => Math.round(value * 1000) / 1000;
