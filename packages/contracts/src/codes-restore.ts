import type { Code } from './code.ts';

/** A hub that is lost and comes back: backups, and devices that it learns of anew. */
export const restoreCodes = {
  BackupLocked: {
    title: 'The backup does not open',
    meaning: 'The passphrase or key is not the one that it was sealed with. Nothing was changed.',
    next: 'Give the passphrase or key of the day on which the backup was made.',
    exit: 4,
  },
  BackupDamaged: {
    title: 'The backup is not whole',
    meaning: 'The file is cut, altered or no backup of a hub. Nothing of it was put in place.',
    next: 'Copy it anew from where it is kept, or take an earlier one.',
  },
  RestoreUnfinished: {
    title: 'A restore was cut before its end',
    meaning: 'The folder holds parts of a backup and no whole hub; a hub must not begin there.',
    next: 'Run `skerry hub restore FILE --data FOLDER` again; it starts over by itself.',
  },
  HubRestored: {
    title: 'The hub was restored from a backup',
    meaning:
      'A new epoch began: devices follow this hub whatever versions they had. All tokens of before are void; what was delivered since the backup is gone, and drop notices say which numbers.',
    next: 'Make new tokens; remove again which devices were removed since; let those in that joined since: `skerry device waiting`.',
  },
  AwaitsAdmission: {
    title: 'The device waits to be let in',
    meaning:
      'Its certificate is of this hub, but the hub does not know the device: it joined after the backup that the hub was restored from. Its site goes on working meanwhile.',
    next: 'Somebody at the hub looks at `skerry device waiting` and says `skerry device admit`; nothing needs to be done at the device.',
    status: 403,
    exit: 4,
  },
  CertificateLearnt: {
    title: 'A certificate was put on record again',
    meaning:
      'A device of the fleet showed a good certificate of this hub that the hub had no record of: it was given after the backup that the hub was restored from.',
    next: 'Nothing; if the device had been removed or revoked since the backup, do so again.',
  },
} as const satisfies Record<string, Code>;
