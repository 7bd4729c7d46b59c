import type { Admission, AdmissionRequest, Lifted } from '@skerry/contracts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { unrivalled } from '../devices/claims.ts';
import { failure } from '../errors.ts';
import type { CommandContext } from '../hub/connect.ts';
import { clean } from '../render/clean.ts';
import { age } from '../render/format.ts';

interface AdmitOptions extends HubOptions {
  readonly unknown?: boolean;
  readonly as?: string;
  readonly fingerprint?: string;
}

type Devices = CommandContext['project']['devices'];

export const deviceAdmitCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'admit [devices...]',
    summary: 'let a device in, whatever kept it out: revoked, expired, cloned, or unknown to a restored hub',
    examples: ['device admit camera1', 'device admit 01939b1c-2f4e-7c52-8f0e-0d9a4d1f6a11 --as till-7'],
  })
    .option('--as <name>', 'what it shall be called (with one that the hub does not know)')
    .option('--fingerprint <fp>', 'the certificate that it shows (where several claim to be it)')
    .option(
      '--unknown',
      'all that the hub does not know, as after a restore, and that nobody else claims to be',
    )
    .action(
      withHub(cli, async ({ project: { devices } }, options: AdmitOptions, given: string[]) => {
        const who = await named(devices, options, given);
        const admitted: Admission[] = [];
        for (const device of who) admitted.push(await devices.admit(device, requestOf(options)));
        const now = cli.ports.clock.now();
        print(cli, options, admitted, () =>
          admitted.length === 0 ? [nobody] : admitted.flatMap((one) => linesOf(one, now)),
        );
      }),
    );
};

const nobody = 'Nobody waits that --unknown may admit. Who else waits, and why: skerry device waiting';

const requestOf = ({ as, fingerprint }: AdmitOptions): AdmissionRequest => ({
  ...(as !== undefined && { name: as }),
  ...(fingerprint !== undefined && { fingerprint }),
});

async function named(devices: Devices, options: AdmitOptions, given: string[]): Promise<string[]> {
  const { unknown, as, fingerprint } = options;
  const isOne = !unknown && given.length === 1;
  if (as !== undefined && !isOne) throw failure('BadUsage', '--as goes with one device');
  if (fingerprint !== undefined && !isOne) throw failure('BadUsage', '--fingerprint goes with one device');
  if (unknown) return [...given, ...unrivalled(await devices.waiting())];
  if (given.length > 0) return given;
  throw failure('BadUsage', 'which device?', { next: 'Who waits: `skerry device waiting`.' });
}

/** What was done, and why it was out. */
function linesOf({ id, name, lifted }: Admission, now: number): string[] {
  const shown = clean(name);
  if (lifted.length === 0)
    return [`Nothing kept ${shown} out. How it is, and why: skerry device show ${shown}`];
  return [
    `${shown} (${id}) is let in, and comes back by itself within a quarter of an hour.`,
    ...lifted.map((one) => liftedText(one, now)),
    ...(lifted.some(({ reason }) => reason === 'AwaitsAdmission')
      ? [`  It may have lost its labels and its site: skerry device label ${shown}`]
      : []),
  ];
}

const liftedText = ({ reason, message, since, done }: Lifted, now: number) =>
  clean(`  ${reason} for ${age(now - Date.parse(since))}: ${message}. Now ${done}.`);
