import type { Clock } from './clock.ts';
import type { Compression } from './compression.ts';
import type { Disk } from './disk.ts';
import type { Http } from './http.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';

/** Every way to the outside world. A core takes the few that it needs: `Pick<Ports, 'clock' | 'disk'>`. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly processes: Processes;
  readonly http: Http;
  readonly compression: Compression;
}
