import type { DesiredVersion, Inventory, Reported, ReportedStream } from '@skerry/contracts';
import type { Failure } from '../apply/attempts.ts';
import type { Progress } from '../artifacts/artifacts.ts';
import type { Desired, DesiredSource } from '../desired/desired.ts';
import type { Observed } from '../drivers/driver.ts';
import type { Step } from '../plan/model.ts';

/** All that a report is made of. */
export interface View {
  readonly desired: Desired | undefined;
  readonly blocked: DesiredSource['blocked'];
  readonly applied: DesiredVersion | undefined;
  readonly observed: Observed;
  /** Steps being taken, by part. */
  readonly busy: ReadonlyMap<string, Step>;
  readonly refusalOf: (model: string, digest: string) => { reason: string; message: string } | undefined;
  readonly failureOf: (attempt: string) => Failure | undefined;
  readonly progressOf: (digest: string) => Progress | undefined;
  readonly streams: Readonly<Record<string, ReportedStream>>;
  readonly certificate: NonNullable<Reported['certificate']>;
  readonly inventory: Inventory;
  readonly time: { readonly known: boolean; readonly ahead: number };
}
