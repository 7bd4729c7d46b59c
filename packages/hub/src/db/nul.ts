/** PostgreSQL's text holds any character but NUL, which JSON may hold as well. */
const nul = '\0';

export const hasNul = (text: string): boolean => text.includes(nul);

export const withoutNul = (text: string): string => text.replaceAll(nul, '\uFFFD');
