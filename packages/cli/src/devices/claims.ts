import type { WaitingDevice } from '@skerry/contracts';
import { clean } from '../render/clean.ts';

/** What devices without a record of their certificate are admitted as, where nobody else claims to be the same one. */
export const unrivalled = (waiting: readonly WaitingDevice[]): string[] =>
  claims(waiting).flatMap(([claim, ...others]) =>
    others.length === 0 && !claim!.shown!.isMember ? [claim!.admitAs] : [],
  );

/** How to tell those apart that claim to be the same device, and to let one of them in. */
export const rivalLines = (waiting: readonly WaitingDevice[]): string[] =>
  claims(waiting)
    .filter(({ length }) => length > 1)
    .flatMap((rivals) => [
      `${rivals.length} claim to be ${clean(rivals[0]!.name)}. Which certificate it has, \`skerry agent status\` says there; then one of`,
      ...rivals.map(
        ({ admitAs, shown }) => `  skerry device admit ${admitAs} --fingerprint ${shown!.fingerprint}`,
      ),
    ]);

/** Those that show a certificate which is not on the hub's record, by the device that they claim to be. */
function claims(waiting: readonly WaitingDevice[]): WaitingDevice[][] {
  const strangers = waiting.filter(({ shown }) => shown);
  return [...Map.groupBy(strangers, ({ admitAs }) => admitAs).values()];
}
