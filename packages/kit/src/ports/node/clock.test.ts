import { setTimeout } from 'node:timers/promises';
import { clockConformance } from '../clock-conformance.ts';
import { nodeClock } from './clock.ts';

clockConformance('node clock', () => ({ clock: nodeClock(), pass: (ms) => setTimeout(ms) }));
