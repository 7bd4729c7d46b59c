import { clockConformance } from '../ports/clock-conformance.ts';
import { diskConformance } from '../ports/disk-conformance.ts';
import { manualClock } from './manual-clock.ts';
import { memoryDisk } from './memory-disk.ts';

diskConformance('memory disk', async () => {
  const disk = memoryDisk();
  await disk.makeFolder('/work');
  return { disk, folder: '/work' };
});

clockConformance('manual clock', () => {
  const clock = manualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});
