/** Prints docs/codes.md from the catalogue: `npm run -s codes-page > docs/codes.md`. A test holds the page to it. */
import { codes, codesPage } from '../packages/contracts/src/index.ts';

process.stdout.write(codesPage(codes));
