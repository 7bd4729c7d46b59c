import { fileURLToPath } from 'node:url';

/** The project's folder, absolute, whatever the current folder is. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
