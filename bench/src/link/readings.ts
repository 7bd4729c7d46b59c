import { constants, gzipSync } from 'node:zlib';
import { type Event, eventTypes, joinEvents, type ResultData } from '@skerry/contracts';

const source =
  'skerry://01a1fc09-270a-7cbd-9e2f-91951fd6b589/01a1fc09-270a-72c0-bf00-18cca6006aaf/01a1fc09-2cc8-7116-b540-eff7d5c745c6/pipelines/camera';
const bootid = '2b172ddc-26c9-4138-8ab2-ecbc31339a6c';
const model = { name: 'digits', version: '1', digest: `sha256:${'7eb64dc9c67e1e95'.repeat(4)}` };
const firstTime = Date.parse('2026-01-02T03:04:05Z');
const firstBootMs = 5_854_036;

/** The nth reading of a meter as a runtime records it: a result event of a pipeline, 20 ms after the one before. */
export function reading(number: number): string {
  const { confidence, latencyUs, jitterMs, label } = chance(number);
  const passedMs = number * 20 + jitterMs;
  const event: Event<ResultData> = {
    specversion: '1.0',
    id: `/cameras/camera#${number}`,
    source,
    type: eventTypes.result,
    time: new Date(firstTime + passedMs).toISOString(),
    datacontenttype: 'application/json',
    bootid,
    bootms: firstBootMs + passedMs,
    timeknown: true,
    data: { label, confidence, model, latencyUs },
  };
  return JSON.stringify(event);
}

/** The body of the batch that begins with a number, as it goes over the wire. */
export function gzippedReadings(first: number, count: number): Uint8Array {
  const level = constants.Z_BEST_COMPRESSION;
  return gzipSync(joinEvents(readings(first, count)), { level });
}

export function readings(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => reading(first + i));
}

/** What varies from reading to reading, the same for the same number (a hash of it, by splitmix64's finaliser). */
function chance(number: number) {
  let state = BigInt(number) * 0x9e3779b97f4a7c15n;
  const next = () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return Number((mixed ^ (mixed >> 31n)) >> 11n) / 2 ** 53;
  };
  return {
    confidence: Math.round(3e5 + 7e5 * Math.sqrt(next())) / 1e6,
    latencyUs: Math.round(150 + 300 * next()),
    jitterMs: Math.floor(4 * next()),
    label: String(Math.floor(10 * next())),
  };
}
