import { type DeviceResource, type Selector, type SiteResource, selector, selects } from '@skerry/contracts';
import { failure } from '../errors.ts';

const key = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const value = '[-A-Za-z0-9_.]*';
const forms: readonly [RegExp, (parts: string[]) => Requirement][] = [
  [
    new RegExp(`^(${key})\\s*==?\\s*(${value})$`),
    ([k = '', v = '']) => ({ key: k, operator: 'In', values: [v] }),
  ],
  [
    new RegExp(`^(${key})\\s*!=\\s*(${value})$`),
    ([k = '', v = '']) => ({ key: k, operator: 'NotIn', values: [v] }),
  ],
  [
    new RegExp(`^(${key})\\s+in\\s+\\(([^()]*)\\)$`),
    ([k = '', v]) => ({ key: k, operator: 'In', values: list(v) }),
  ],
  [
    new RegExp(`^(${key})\\s+notin\\s+\\(([^()]*)\\)$`),
    ([k = '', v]) => ({ key: k, operator: 'NotIn', values: list(v) }),
  ],
  [new RegExp(`^(${key})$`), ([k = '']) => ({ key: k, operator: 'Exists', values: [] })],
  [new RegExp(`^!\\s*(${key})$`), ([k = '']) => ({ key: k, operator: 'DoesNotExist', values: [] })],
];
type Requirement = NonNullable<Selector['matchExpressions']>[number];

/** Kubernetes' text form: `role=meter,region!=north,tier in (a,b),gpu,!old`. Throws `BadUsage`. */
export function parseSelector(text: string): Selector {
  const matchExpressions = text.split(/,(?![^(]*\))/).map((part) => requirement(part.trim()));
  return selector.parse({ matchExpressions });
}

function requirement(text: string): Requirement {
  for (const [pattern, make] of forms) {
    const match = pattern.exec(text);
    if (match) return make(match.slice(1));
  }
  throw failure('BadUsage', `“${text}” is no part of a selector`, {
    next: 'Write it as Kubernetes does: role=meter,region!=north or region in (north,south).',
  });
}

const list = (text = '') => text.split(',').map((it) => it.trim());

/** The devices that a selector picks, by their own labels and those of their site; their own win. */
export function selectDevices(
  devices: readonly DeviceResource[],
  sites: readonly SiteResource[],
  wanted: Selector,
): DeviceResource[] {
  const labelsOfSite = new Map(sites.map(({ metadata }) => [metadata.name, metadata.labels]));
  return devices.filter(({ metadata, spec }) =>
    selects(wanted, { ...labelsOfSite.get(spec.site ?? ''), ...metadata.labels }),
  );
}

/** `-l key=value` of a command that sets labels; `key-` takes one away. Throws `BadUsage`. */
export function parseLabels(texts: readonly string[]): { set: Record<string, string>; remove: string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const text of texts) {
    const [, name = '', sign, content = ''] = new RegExp(`^(${key})(=|-$)(${value})$`).exec(text) ?? [];
    if (!sign)
      throw failure('BadUsage', `“${text}” is no label`, { next: 'Write key=value, or key- to remove it.' });
    if (sign === '=') set[name] = content;
    else remove.push(name);
  }
  return { set, remove };
}
