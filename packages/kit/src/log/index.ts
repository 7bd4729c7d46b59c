export { entryText, type LogEntry } from './entry-text.ts';
export { type LogLevel, type LogOptions, type OpenLog, openLog } from './log.ts';
