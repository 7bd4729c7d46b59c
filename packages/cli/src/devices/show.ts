import {
  type Condition,
  conditionTypes,
  type DeviceDesired,
  type DeviceResource,
  type HubEvent,
  type ReportedModel,
  type StreamSummary,
} from '@skerry/contracts';
import { eventTable } from '../events/table.ts';
import { clean } from '../render/clean.ts';
import type { Paint } from '../render/colour.ts';
import { age, bytes, count, latency, shortDigest } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';
import { deviceState } from './state.ts';

export interface DeviceDetails {
  readonly device: DeviceResource;
  readonly desired: DeviceDesired;
  readonly streams: readonly StreamSummary[];
  readonly events: readonly HubEvent[];
  /** IANA time zone of its site. */
  readonly siteZone: string | undefined;
}

export interface ShowView {
  readonly width: number;
  readonly now: number;
  readonly paint: Paint;
  /** IANA time zone in which events are told. */
  readonly timeZone: string;
}

/** Lines of `skerry device show NAME`. */
export function deviceDetails(details: DeviceDetails, view: ShowView): string[] {
  const { device, events } = details;
  const models = modelRows(details);
  const zone = view.timeZone === 'UTC' ? 'UTC' : 'your time zone; --utc';
  return [
    ...headline(details),
    ...table(conditionRows(device), conditionColumns(view.now), view),
    ...(models.length > 0 ? table(models, modelColumns, view) : []),
    ...streamLines(details, view),
    `EVENTS (newest first, ${zone})`,
    ...eventTable(events, { ...view, about: false }),
    nextStep(details),
  ];
}

function headline({ device, siteZone }: DeviceDetails): string[] {
  const { metadata, spec, status } = device;
  const labels = Object.entries(metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const it = status.inventory;
  const parts = [
    metadata.name,
    spec.site === undefined ? 'no site' : `site ${spec.site}${siteZone ? ` (${siteZone})` : ''}`,
    labels.join(' '),
    it ? `${it.platform}/${it.arch}, ${it.cores} cores, ${bytes(it.memory)}` : '',
  ];
  return [clean(parts.filter(Boolean).join(' · '))];
}

type ConditionRow = readonly [string, Condition];
const words = { True: 'yes', False: 'no', Unknown: '?' } as const;

function conditionRows({ status }: DeviceResource): ConditionRow[] {
  const known: readonly string[] = conditionTypes;
  const later = Object.keys(status.conditions).filter((type) => !known.includes(type));
  return [...known, ...later].flatMap((type) => {
    const condition = status.conditions[type];
    return condition ? [[type, condition] as const] : [];
  });
}

const conditionColumns = (now: number): Column<ConditionRow>[] => [
  { title: 'CONDITION', text: ([type]) => type },
  {
    title: 'STATUS',
    text: ([, it]) => words[it.status],
    shade: ([, it]) => (it.status === 'True' ? 'green' : 'yellow'),
  },
  { title: 'SINCE', text: ([, it]) => age(now - Date.parse(it.lastTransitionTime)), drop: 1 },
  { title: 'REASON', text: ([, it]) => it.reason },
  { title: 'MESSAGE', text: ([, it]) => it.message, stretches: true },
];

interface ModelRow {
  readonly name: string;
  readonly version: string;
  readonly phase: string;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly why: string;
}

function modelRows({ device, desired }: DeviceDetails): ModelRow[] {
  return Object.entries(device.status.reported.models ?? {}).flatMap(([name, model]) =>
    versionsOf(name, model, setBy(name, desired)),
  );
}

function versionsOf(name: string, { serving, target }: ReportedModel, setBy: string): ModelRow[] {
  const row = (it: NonNullable<ReportedModel['serving']>, phase: string, why: string): ModelRow => {
    const version = `${it.version} ${shortDigest(it.digest)}`;
    return { name, version, phase, p50: it.p50Us, p99: it.p99Us, why };
  };
  return [
    ...(serving ? [row(serving, 'Serving', target ? 'goes on serving' : setBy)] : []),
    ...(target ? [row(target, target.phase, target.message ?? target.reason ?? setBy)] : []),
  ];
}

/** Which deployment put the model there. */
function setBy(model: string, { provenance }: DeviceDesired): string {
  const found = provenance.find(({ pointer }) => pointer.startsWith(`/models/${model}`));
  if (!found) return '';
  const others = found.overrides.length > 0 ? `, over ${found.overrides.join(', ')}` : '';
  return `set by Deployment ${found.deployment} (priority ${found.priority}${others})`;
}

const modelColumns: Column<ModelRow>[] = [
  { title: 'MODEL', text: (it) => it.name },
  { title: 'VERSION', text: (it) => it.version, drop: 3 },
  { title: 'PHASE', text: (it) => it.phase },
  { title: 'p50', text: (it) => (it.p50 === undefined ? '-' : latency(it.p50)), align: 'right', drop: 1 },
  { title: 'p99', text: (it) => (it.p99 === undefined ? '-' : latency(it.p99)), align: 'right', drop: 2 },
  { title: 'WHY', text: (it) => it.why, stretches: true },
];

function streamLines({ device, streams }: DeviceDetails, view: ShowView): string[] {
  const { outbox, streams: reported = {} } = device.status.reported;
  const columns: Column<StreamSummary>[] = [
    { title: 'STREAM', text: (it) => it.stream },
    { title: 'FROM', text: (it) => it.producer, drop: 1 },
    { title: 'DELIVERED', text: (it) => count(it.delivered), align: 'right' },
    { title: 'WAITING', text: (it) => waiting(it), align: 'right' },
    { title: 'DROPPED', text: (it) => count(droppedOf(it)), align: 'right' },
  ];
  const waiting = ({ producer, stream }: StreamSummary) => {
    const state = device.status.connected ? reported[`${producer}/${stream}`] : undefined;
    return state ? count(state.waiting) : '?';
  };
  const [titles = '', ...lines] = table(streams, columns, view);
  const disk = outbox ? `        outbox: ${bytes(outbox.bytes)} of ${bytes(outbox.quota)}` : '';
  return streams.length > 0 ? [titles + disk, ...lines] : [];
}

const droppedOf = ({ dropped }: StreamSummary) =>
  dropped.reduce((sum, { first, last }) => sum + last - first + 1, 0);

function nextStep({ device }: DeviceDetails): string {
  const state = deviceState(device);
  const [deployment] = device.status.deployments;
  const { Certified, Unique } = device.status.conditions;
  const waits = [Certified, Unique].find((it) => it?.status === 'False');
  if (waits)
    return `Next: if it is yours, \`skerry device admit ${clean(device.metadata.name)}\`; \`skerry explain ${clean(waits.reason)}\``;
  if (state.kind === 'ready' || state.reason === undefined) return 'Next: nothing; all is well.';
  const undo = state.kind === 'refused' && deployment ? `\`skerry deployment undo ${deployment}\`, or ` : '';
  return `Next: ${undo}\`skerry explain ${clean(state.reason)}\``;
}
