import { becomeFrugal } from './frugal.ts';

becomeFrugal();
const { run } = await import('./run.ts');
await run();
