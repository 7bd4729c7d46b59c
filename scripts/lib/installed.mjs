/**
 * Whether what npm installed is what the lock file asks for.
 *
 * npm itself records what it put into `node_modules` in `node_modules/.package-lock.json`, and
 * writes it last. Comparing the two needs no stamp of our own, and holds after an `npm install`
 * by hand and after an interrupted `npm ci` alike.
 *
 * @param {Lock} wanted  `package-lock.json`, parsed
 * @param {Lock | undefined} present  `node_modules/.package-lock.json`, parsed; undefined if there is none
 * @returns {boolean}
 *
 * @typedef {{ version?: string, integrity?: string, resolved?: string, link?: boolean, optional?: boolean }} Entry
 * @typedef {{ packages?: Record<string, Entry> }} Lock
 */
export function isInstalled(wanted, present) {
  if (!present?.packages || !wanted.packages) return false;
  const has = present.packages;
  const wants = wanted.packages;
  const nothingMissing = Object.entries(wants).every(([path, entry]) =>
    path === '' ? true : has[path] ? sameEntry(entry, has[path]) : entry.optional === true,
  );
  return nothingMissing && Object.keys(has).every((path) => path in wants);
}

function sameEntry(a, b) {
  return a.version === b.version && a.integrity === b.integrity && Boolean(a.link) === Boolean(b.link);
}
