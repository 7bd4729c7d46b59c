import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What npm installed in `folder`, by its lock file, each with the licence that the package itself
 * states. Packages of the project and those of other platforms are left out.
 *
 * @param {string} folder
 * @returns {InstalledPackage[]}
 */
export function installedPackages(folder) {
  const { packages } = readJson(join(folder, 'package-lock.json'));
  return Object.entries(packages)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
    .filter(([path]) => existsSync(join(folder, path, 'package.json')))
    .map(([path]) => {
      const { name, version, license } = readJson(join(folder, path, 'package.json'));
      return { path, name, version, licence: typeof license === 'string' ? license : license?.type };
    });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * Which installed packages carry a licence that nobody has agreed to.
 *
 * @param {InstalledPackage[]} packages
 * @param {Agreement} agreement  `licences.json`
 * @returns {string[]} one sentence a package, empty when all is well
 *
 * @typedef {{ path: string, name: string, version: string, licence: string | undefined }} InstalledPackage
 * @typedef {{ allowed: string[], byName: Record<string, { licence: string, reason: string }> }} Agreement
 */
export function licenceProblems(packages, agreement) {
  return packages.flatMap((one) => {
    if (isAllowed(one.licence, agreement.allowed)) return [];
    const named = namedFor(one.name, agreement.byName);
    if (named && named.licence === one.licence) return [];
    return [problem(one, named)];
  });
}

/**
 * Whether an SPDX expression is satisfied by the allowed licences: one side of an OR, every side of
 * an AND (SPDX 2.3, annex D; AND binds tighter).
 *
 * @param {string | undefined} expression
 * @param {string[]} allowed
 */
export function isAllowed(expression, allowed) {
  if (!expression) return false;
  const parts = splitAtTop(stripParentheses(expression.trim()), ' OR ');
  if (parts.length > 1) return parts.some((part) => isAllowed(part, allowed));
  const both = splitAtTop(parts[0], ' AND ');
  if (both.length > 1) return both.every((part) => isAllowed(part, allowed));
  return allowed.includes(parts[0]);
}

/** A name in the list may end in `*`, for the packages that one project publishes per platform. */
function namedFor(name, byName) {
  const matches = ([key]) => (key.endsWith('*') ? name.startsWith(key.slice(0, -1)) : name === key);
  return Object.entries(byName).find(matches)?.[1];
}

function problem({ name, version, licence, path }, named) {
  const what = named
    ? `licences.json allows it by name under ${named.licence} only`
    : 'licences.json allows neither that licence nor this package by name';
  return (
    `${name}@${version} (${path}) is under ${licence ?? 'no licence that it states'}; ${what}. ` +
    'Read its terms, then either replace the package or add it to "byName" in licences.json with the reason, and to NOTICE.'
  );
}

function stripParentheses(text) {
  const enclosed = text.startsWith('(') && closingOf(text) === text.length - 1;
  return enclosed ? stripParentheses(text.slice(1, -1).trim()) : text;
}

function closingOf(text) {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function splitAtTop(text, operator) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')') depth--;
    if (depth === 0 && text.startsWith(operator, i)) {
      parts.push(text.slice(start, i).trim());
      start = i + operator.length;
    }
  }
  return [...parts, text.slice(start).trim()];
}
