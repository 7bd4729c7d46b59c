import type { AddCommand } from '../command.ts';
export const demoCommand: AddCommand = () => {};
