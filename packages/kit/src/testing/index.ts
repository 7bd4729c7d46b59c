export { clockConformance } from '../ports/clock-conformance.ts';
export { diskConformance } from '../ports/disk-conformance.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export { type DiskImage, type MemoryDisk, memoryDisk } from './memory-disk.ts';
export { type RecordingLogger, recordingLogger } from './recording-logger.ts';
export { seededRandom } from './seeded-random.ts';
