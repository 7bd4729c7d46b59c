export { type LogLevel, type LogOptions, type OpenLog, openLog } from './log.ts';
