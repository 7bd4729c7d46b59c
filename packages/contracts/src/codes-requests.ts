import type { Code } from './code.ts';

/** What can be wrong with a request, a file or a command line. */
export const requestCodes = {
  BadUsage: {
    title: 'The command line is not valid',
    meaning: 'A command, an argument or a flag is unknown, missing or has a value of the wrong kind.',
    next: 'Run the command with --help; it ends in an example.',
    exit: 2,
  },
  InvalidConfig: {
    title: 'A setting is not valid',
    meaning:
      'A flag, an environment variable or a line of a configuration file is unknown or has a wrong value.',
    next: 'Correct the setting that the message names; --help lists them all with their defaults.',
    exit: 2,
  },
  InvalidFile: {
    title: 'A file is not valid',
    meaning: 'A YAML or JSON file has an unknown key, a wrong type or a syntax error.',
    next: 'Go to the line and column that the message names; it suggests the nearest right spelling.',
    status: 400,
    exit: 2,
  },
  InvalidRequest: {
    title: 'The request is not valid',
    meaning: 'A field is missing, unknown or of the wrong type.',
    next: 'Correct the field that the message points at; /api/v1/openapi.json describes every request.',
    status: 400,
    exit: 2,
  },
  NotFound: {
    title: 'There is no such object',
    meaning: 'Nothing has that name in this project.',
    next: 'List what there is (for instance `skerry devices` or `skerry deployment ls`) and check the name and --project.',
    status: 404,
    exit: 3,
  },
  MethodNotAllowed: {
    title: 'The address does not take this verb',
    meaning: 'The address exists, but not for this HTTP method.',
    next: 'Use a method that the Allow header lists.',
    status: 405,
  },
  Conflict: {
    title: 'The object is in use or there already',
    meaning: 'Another object still refers to it, or one with that name exists.',
    next: 'Remove what the message names, or choose another name.',
    status: 409,
  },
  PreconditionFailed: {
    title: 'Somebody else was quicker',
    meaning:
      'The object changed since it was read (If-Match), or exists although it should not (If-None-Match).',
    next: 'Read it again, look at the difference, and repeat the change.',
    status: 412,
  },
  PayloadTooLarge: {
    title: 'The body is too large',
    meaning: 'The request is over the limit of this address.',
    next: 'Send less at once, or raise the limit that the message names.',
    status: 413,
  },
  UnsupportedMediaType: {
    title: 'The content type is not understood here',
    meaning: 'The body is in a format that this address does not read.',
    next: 'Send one of the content types that the message names.',
    status: 415,
  },
  TooManyRequests: {
    title: 'Too many requests',
    meaning: 'The caller is over its share.',
    next: 'Wait as long as Retry-After says.',
    status: 429,
  },
  Unavailable: {
    title: 'Not available right now',
    meaning: 'The service is starting, stopping or busy.',
    next: 'Wait as long as Retry-After says and try again.',
    status: 503,
    exit: 5,
  },
  TooManyConnections: {
    title: 'Too many connections',
    meaning: 'As many clients are connected as the server takes at a time; this connection was closed.',
    next: 'Keep connections and use them again; or raise --max-connections of the runtime.',
    status: 503,
    exit: 5,
  },
  NotImplemented: {
    title: 'The server does not do that',
    meaning: 'The protocol has it, but it is not a part of this server.',
    next: 'Look at docs/serving.md for what is served; leave the rest out of the request.',
    status: 501,
  },
  Internal: {
    title: 'Something broke inside',
    meaning: 'A defect, or a part of the machine that failed. The log of the process has the whole story.',
    next: 'Look at the log at that time; please report it if it comes again.',
    status: 500,
  },
  Unreachable: {
    title: 'The other side cannot be reached',
    meaning: 'No connection came about: wrong address, a firewall, or the process is not running.',
    next: 'Check the address and that the process runs there; `skerry status` asks the hub.',
    exit: 5,
  },
  DeadlineExceeded: {
    title: 'It took longer than allowed',
    meaning: 'The deadline passed before the work was done. The work may still be going on.',
    next: 'Look at the state with `skerry devices`, or allow more time.',
    status: 504,
    exit: 6,
  },
  Interrupted: {
    title: 'Interrupted',
    meaning: 'A person or the system asked the program to stop.',
    next: 'Nothing; run it again when you like.',
    exit: 130,
  },
  PortInUse: {
    title: 'The port is taken',
    meaning: 'Another process listens on that address already.',
    next: 'Stop the other process, or give another port with the flag that the message names.',
  },
  FolderInUse: {
    title: 'Another process uses this folder',
    meaning:
      'A hub, an agent or a runtime holds the lock of the folder. Two on one folder would destroy each other.',
    next: 'Stop the other one, or give this one a folder of its own.',
  },
  DataFromNewerVersion: {
    title: 'The folder was written by a newer version',
    meaning: 'Its format is one that this version does not know. Nothing was changed.',
    next: 'Run the newer version again, or start from a backup of this one.',
  },
  DiskFull: {
    title: 'The disk is full',
    meaning:
      'A write failed, or the reserve of free space is reached. Nothing that was acknowledged is lost.',
    next: 'Free space on the disk that the message names; work goes on by itself.',
    status: 507,
  },
  StorageFailed: {
    title: 'The disk refused',
    meaning: 'A file could not be read or written: permissions, a read-only disk or a fault of the device.',
    next: 'Check that the folder exists, belongs to this user and is writable.',
  },
  FileNotFound: {
    title: 'There is no such file',
    meaning: 'The file or folder that the message names does not exist.',
    next: 'Check the path and the folder that the command was started in.',
    status: 404,
    exit: 3,
  },
  ProcessNotStarted: {
    title: 'A program did not start',
    meaning: 'The program that the message names is not installed, or this user may not run it.',
    next: 'Install it, or correct its path and permissions.',
  },
  PinningUnavailable: {
    title: 'A thread cannot be bound to a core here',
    meaning: 'Cores are chosen on Linux alone, with `taskset` of util-linux; a container may forbid it.',
    next: 'On Linux, install util-linux and allow sched_setaffinity; elsewhere leave the choice to the system.',
  },
} as const satisfies Record<string, Code>;
