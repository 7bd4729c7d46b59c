/** Prints docs/codes.md from the catalogue: `npm run -s codes-page > docs/codes.md`. A test holds the page to it. */
import { codes, codesPage } from '@skerry/contracts';

process.stdout.write(codesPage(codes));
