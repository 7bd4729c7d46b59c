import { applyMergePatch, type JsonObject, type Report, reported } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { hubError, notFound } from '../errors.ts';
import { nowText } from '../time.ts';
import { findReported, saveReported } from './store.ts';

/** A device says of itself what it knows already. */
const reportedSoFar = reported.partial();

export type Reports = ReturnType<typeof twinReports>;

/** What devices say of themselves, kept as the sum of their differences. */
export function twinReports({ db, clock }: HubContext) {
  return {
    /**
     * Stores a report if it follows the one that is stored (or is the whole), and gives the version that is
     * stored then: another than the report's own asks the device for the whole. Rejects with `InvalidRequest`
     * when the outcome is not what a device may say.
     */
    async apply(deviceId: string, report: Report): Promise<{ stored: number }> {
      const twin = await findReported(db, deviceId);
      if (!twin) throw notFound('device', deviceId);
      const stored = twin.reported_version;
      if (report.base !== 0 && report.base !== stored) return { stored };
      const before: JsonObject = report.base === 0 ? {} : JSON.parse(twin.reported);
      const text = JSON.stringify(outcomeOf(before, report.patch));
      const saved = await saveReported(db, deviceId, stored, {
        version: report.version,
        reported: text,
        at: nowText(clock),
      });
      return { stored: saved ? report.version : ((await findReported(db, deviceId))?.reported_version ?? 0) };
    },
  };
}

/** Of what is stored only the members that the patch touches are checked again. */
function outcomeOf(before: JsonObject, patch: Report['patch']): JsonObject {
  const rest = { ...before };
  const touched: JsonObject = {};
  for (const name of Object.keys(patch)) {
    if (!Object.hasOwn(rest, name)) continue;
    touched[name] = rest[name]!;
    delete rest[name];
  }
  const after = reportedSoFar.safeParse(applyMergePatch(touched, patch));
  if (!after.success) throw hubError('InvalidRequest', `the report is not one: ${after.error.message}`);
  return { ...rest, ...(after.data as JsonObject) };
}
