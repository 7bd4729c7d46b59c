import type { Disk } from '../disk.ts';

export function nodeDisk(): Disk {
  throw new Error('being written');
}
