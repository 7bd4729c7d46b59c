export * from './ledger.ts';
export * from './leftovers.ts';
export * from './program.ts';
export * from './sources.ts';
export * from './stage.ts';
export * from './until.ts';
