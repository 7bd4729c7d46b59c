import type { Plan } from './history.ts';

/** Every history that ever failed, to be run again for ever; what was wrong then, behind it. */
export const failedSeeds: readonly (Plan & { readonly was: string })[] = [
  {
    seed: 5,
    days: 0.3,
    devices: 1,
    faults: [{ kind: 'disk-full', at: 3_600_000, lastsMs: 4 * 3_600_000, device: 0 }],
    was: 'a full disk ended the agent, when the hub’s time was to be kept',
  },
  {
    seed: 2031,
    days: 2,
    devices: 3,
    faults: [
      { kind: 'read-errors', at: 11614946, lastsMs: 192293, device: 1 },
      { kind: 'clock-1970', at: 13285488, lastsMs: 75255, device: 1, when: 'delivering' },
      { kind: 'old-image', at: 25343036, lastsMs: 8282577, device: 1 },
      { kind: 'old-image', at: 51833874, lastsMs: 4099967, device: 2 },
      { kind: 'clock-1970', at: 70924384, lastsMs: 10281443, device: 0, when: 'down' },
      { kind: 'loss', at: 76063835, lastsMs: 10769250, device: 1, when: 'greeting' },
      { kind: 'lying-fsync', at: 79270807, lastsMs: 5058562, device: 0, when: 'down' },
      { kind: 'clock-ahead', at: 96356010, lastsMs: 6970492, device: 0, when: 'greeting' },
      { kind: 'duplicates', at: 105840425, lastsMs: 383386, device: 2 },
      { kind: 'nothing-down', at: 116320833, lastsMs: 310212, device: 2 },
      { kind: 'read-errors', at: 118903276, lastsMs: 1917788, device: 2 },
      { kind: 'hub-disk-full', at: 145775156, lastsMs: 3610731 },
      { kind: 'nothing-down', at: 157631398, lastsMs: 2613129, device: 0 },
    ],
    was: 'a stream that could not be read for a while was never looked at again',
  },
  {
    seed: 402,
    days: 2,
    devices: 1,
    faults: [
      { kind: 'hub-restored', at: 108_000_000, lastsMs: 14_400_000 },
      { kind: 'partition', at: 118_800_000, lastsMs: 10_800_000, device: 0 },
      { kind: 'hub-keys-rotated', at: 124_200_000, lastsMs: 60_000 },
    ],
    was: 'a device that had renewed its certificate since the backup was let in no more once its authority was replaced',
  },
  {
    seed: 1,
    days: 3,
    devices: 1,
    faults: [
      { kind: 'old-image', at: 12_300_257, lastsMs: 5_131_557, device: 0, when: 'delivering' },
      { kind: 'certificate-ended', at: 12_881_557, lastsMs: 186_548_409, device: 0, when: 'offline' },
    ],
    was: 'the hub of the simulator had forgotten what an old image brought again',
  },
  {
    seed: 109,
    days: 0.9,
    devices: 1,
    faults: [
      { kind: 'partition', at: 3_600_000, lastsMs: 80_000_000, device: 0 },
      { kind: 'bit-flip', at: 71_273_853, lastsMs: 0, device: 0 },
    ],
    was: 'a bit that flipped in the last message of a segment took it, and nobody told',
  },
  {
    seed: 71_031,
    days: 1,
    devices: 1,
    faults: [
      { kind: 'partition', at: 36_000_000, lastsMs: 18_000_000, device: 0 },
      { kind: 'hub-restored', at: 37_000_000, lastsMs: 3_600_000 },
      { kind: 'disk-full', at: 50_000_000, lastsMs: 18_000_000, device: 0, when: 'connected' },
    ],
    was: 'a desired state that a full disk had refused was never asked for again',
  },
  {
    seed: 8228,
    days: 0.9,
    devices: 1,
    faults: [
      { kind: 'lying-fsync', at: 8_438_118, lastsMs: 5_179_205, device: 0 },
      { kind: 'partition', at: 12_845_451, lastsMs: 48_940_433, device: 0 },
    ],
    was: 'numbers that a disk forgot, and a runtime used again while the hub was away, passed for delivered',
  },
  {
    seed: 90_010,
    days: 0.3,
    devices: 1,
    faults: [
      { kind: 'clone', at: 3_600_000, lastsMs: 1_800_000, device: 0 },
      { kind: 'hub-disk-full', at: 5_000_000, lastsMs: 10_800_000 },
    ],
    was: 'a clone was taken away while the hub’s disk was full, as if it had delivered (the simulator’s own mistake)',
  },
  {
    seed: 90_003,
    days: 8,
    devices: 1,
    faults: [
      { kind: 'write-errors', at: 73_715_645, lastsMs: 1_189_393, device: 0, when: 'greeting' },
      { kind: 'partition', at: 89_297_724, lastsMs: 323_027, device: 0, when: 'down' },
      { kind: 'power-cut', at: 100_049_171, lastsMs: 6_458_390, device: 0, when: 'delivering' },
      { kind: 'runtime-killed', at: 105_581_350, lastsMs: 17_270, device: 0, when: 'offline' },
      { kind: 'agent-killed', at: 116_092_682, lastsMs: 2_571_558, device: 0, when: 'offline' },
      { kind: 'old-image', at: 195_411_213, lastsMs: 429_971, device: 0, when: 'delivering' },
      { kind: 'bit-flip', at: 200_249_639, lastsMs: 10_922_195, device: 0, when: 'delivering' },
      { kind: 'partition', at: 563_818_226, lastsMs: 17_314_106, device: 0, when: 'offline' },
    ],
    was: 'after an old image and a flipped bit, alarms waited and were never delivered in the new epoch',
  },
  {
    seed: 300001,
    days: 14,
    devices: 1,
    faults: [
      { kind: 'hub-disk-full', at: 639201183, lastsMs: 5534594 },
      { kind: 'hub-killed', at: 641622543, lastsMs: 2360144 },
      { kind: 'hub-keys-rotated', at: 1207722478, lastsMs: 194950 },
    ],
    was: 'the simulator left a hub’s disk full for whoever rotated its keys later',
  },
  {
    seed: 1,
    days: 1,
    devices: 1,
    faults: [
      { kind: 'lying-fsync', at: 36_000_000, lastsMs: 9_000_000, device: 0 },
      { kind: 'clone', at: 44_000_000, lastsMs: 7_200_000, device: 0, when: 'offline' },
    ],
    was: 'numbers that a disk forgot, and a runtime used again before any agent looked, passed for delivered',
  },
  {
    seed: 3400005,
    days: 6,
    devices: 5,
    faults: [
      { kind: 'runtime-killed', at: 138961266, lastsMs: 12691, device: 4, when: 'greeting' },
      { kind: 'certificate-ended', at: 274320247, lastsMs: 191022676, device: 4, when: 'delivering' },
      { kind: 'bit-flip', at: 293104736, lastsMs: 14289414, device: 4, when: 'down' },
      { kind: 'clone', at: 429385427, lastsMs: 3463258, device: 4, when: 'connected' },
    ],
    was: 'behind a damaged record, what a clone had made passed for what the hub held',
  },
  {
    seed: 4400020,
    days: 6,
    devices: 2,
    faults: [
      { kind: 'lying-fsync', at: 393778679, lastsMs: 12604515, device: 1, when: 'delivering' },
      { kind: 'read-errors', at: 405307936, lastsMs: 228578, device: 1, when: 'offline' },
    ],
    was: 'numbers that a disk forgot, and a runtime used again before an agent could read them, passed for delivered',
  },
];
