import type { Code } from './code.ts';

const head = `# Codes

Every error, condition and event of Skerry carries one of these codes. \`skerry explain CODE\` shows the same text.
`;

/** The catalogue as a Markdown page, one section a code, in the order of the alphabet. */
export function codesPage(codes: Readonly<Record<string, Code>>): string {
  const sections = Object.keys(codes)
    .sort()
    .map((name) => section(name, codes[name]!));
  return [head, ...sections].join('\n');
}

function section(name: string, { title, meaning, next, status, exit }: Code): string {
  const facts = [status && `HTTP ${status}`, exit && `exit ${exit}`].filter(Boolean).join(', ');
  return `## ${name}\n\n**${title}**${facts ? ` (${facts})` : ''}. ${meaning}\n\nNext: ${next}\n`;
}
