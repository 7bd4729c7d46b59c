import type { Json } from '@skerry/contracts';
import { clean, fit } from '../render/clean.ts';
import type { Paint, Shade } from '../render/colour.ts';
import { shortDigest } from '../render/format.ts';
import type { FieldChange } from './difference.ts';
import type { FleetPlan, PlannedObject } from './plan.ts';
import { titleOf } from './read-file.ts';

export interface PlanView {
  readonly width: number;
  readonly paint: Paint;
}

const signs = { create: '+', change: '~', keep: '=' } as const;
const shades: Record<PlannedObject['action'], Shade> = { create: 'green', change: 'yellow', keep: 'dim' };
const shownDevices = 10;

/** Lines that say what applying would do: every object, every field, every device. */
export function planLines({ objects, unmentioned }: FleetPlan, view: PlanView): string[] {
  return [
    ...objects.flatMap((object) => objectLines(object, view)),
    ...(unmentioned.length > 0
      ? [clean(`Not in this file, and left as they are: ${unmentioned.join(', ')}`)]
      : []),
    totals(objects),
  ];
}

function objectLines({ entry, action, changes, devices }: PlannedObject, view: PlanView): string[] {
  const head = `${signs[action]} ${clean(titleOf(entry.object))}${action === 'keep' ? ' (unchanged)' : ''}`;
  return [
    view.paint(shades[action], head),
    ...changes.flatMap((change) => changeLines(change, view)),
    ...deviceLines(devices, view),
  ];
}

function changeLines({ pointer, before, after }: FieldChange, { width, paint }: PlanView): string[] {
  const path = pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const line = (sign: string, value: Json) => fit(`  ${sign} ${clean(path)}: ${valueText(value)}`, width);
  return [
    ...(before === undefined ? [] : [paint('red', line('-', before))]),
    ...(after === undefined ? [] : [paint('green', line('+', after))]),
  ];
}

function valueText(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return clean(text.replace(/sha256:[0-9a-f]{64}/g, shortDigest));
}

function deviceLines(devices: PlannedObject['devices'], { width }: PlanView): string[] {
  if (devices.length === 0) return [];
  const names = devices.slice(0, shownDevices).map(({ device }) => device);
  const more = devices.length > names.length ? ` and ${devices.length - names.length} more` : '';
  const noun = devices.length === 1 ? 'device changes' : 'devices change';
  return [fit(clean(`  ${devices.length} ${noun}: ${names.join(', ')}${more}`), width)];
}

function totals(objects: readonly PlannedObject[]): string {
  const number = (action: PlannedObject['action']) => objects.filter((it) => it.action === action).length;
  return `${number('create')} to create, ${number('change')} to change, ${number('keep')} unchanged.`;
}

export const changesSomething = ({ objects }: FleetPlan) => objects.some(({ action }) => action !== 'keep');

/** The plan as data, for `--json`. */
export function planData({ objects, unmentioned }: FleetPlan) {
  return {
    objects: objects.map(({ entry, action, changes, devices }) => ({
      kind: entry.object.kind,
      name: entry.object.metadata.name,
      action,
      changes,
      devices,
    })),
    unmentioned,
  };
}
