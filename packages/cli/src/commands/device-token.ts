import { type DeviceToken, parseDuration } from '@skerry/contracts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { parseLabels } from '../devices/selector.ts';
import { failure } from '../errors.ts';
import { age } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';

interface TokenOptions extends HubOptions {
  readonly uses: string;
  readonly expires: string;
  readonly name?: string;
  readonly site?: string;
  readonly label?: string[];
}

export const deviceTokenCommands: AddCommand = (parent, cli) => {
  const token = hubCommand(parent, {
    name: 'token',
    summary: 'make a token with which devices join: one string on standard output, shown this once',
    examples: [
      'device token --name camera1 --site leeds -l role=meter',
      'device token --uses 50 --expires 8h | ssh edge skerry agent join -',
    ],
  })
    .option('--uses <number>', 'how many devices may join with it', '1')
    .option('--expires <duration>', 'how long it is valid', '24h')
    .option('--name <name>', 'fixes the device’s name (with one use)')
    .option('--site <name>', 'the site where the device stands')
    .option('-l, --label <key=value...>', 'labels that the device gets')
    .action(
      withHub(cli, async ({ project }, options: TokenOptions) => {
        const made = await project.deviceTokens.create(requestOf(options));
        print(cli, options, made, () => [made.token]);
        const uses = made.uses === 1 ? 'one device' : `${made.uses} devices`;
        if (!options.json)
          cli.stderr.line(
            `For ${uses}, until ${made.expiresAt}. On the device: skerry agent join -   (and paste it)`,
          );
      }),
    );
  addList(token, cli);
  addRevoke(token, cli);
};

function requestOf({ uses, expires, name, site, label = [] }: TokenOptions) {
  const expiresMs = parseDuration(expires);
  if (expiresMs === undefined)
    throw failure('BadUsage', `--expires ${expires}: expected a duration such as 8h or 7d`);
  if (!/^\d+$/.test(uses)) throw failure('BadUsage', `--uses ${uses}: expected a number`);
  return {
    uses: Number(uses),
    expiresInSeconds: Math.floor(expiresMs / 1000),
    labels: parseLabels(label).set,
    ...(name !== undefined && { deviceName: name }),
    ...(site !== undefined && { site }),
  };
}

const addList: AddCommand = (parent, cli) => {
  hubCommand(parent, { name: 'ls', summary: 'list tokens', examples: ['device token ls'] }).action(
    withHub(cli, async ({ project }, options: HubOptions) => {
      const tokens = await project.deviceTokens.list();
      const now = cli.ports.clock.now();
      print(cli, options, tokens, () => table(tokens, columns(now), cli.stdout));
    }),
  );
};

const addRevoke: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'revoke <id>',
    summary: 'end a token: nobody joins with it any more; devices that joined stay',
    examples: ['device token revoke 01939b1c-2f4e-7c52-8f0e-0d9a4d1f6a11'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, id: string) => {
      await project.deviceTokens.revoke(id);
      print(cli, options, { revoked: id }, () => [`Revoked ${id}.`]);
    }),
  );
};

/** Where lines are short, who made it goes first, then labels and site. */
function columns(now: number): Column<DeviceToken>[] {
  return [
    { title: 'ID', text: (it) => it.id },
    { title: 'STATE', text: (it) => stateOf(it, now) },
    { title: 'USED', text: (it) => `${it.used}/${it.uses}`, align: 'right' },
    { title: 'NAME', text: (it) => it.deviceName ?? '-' },
    { title: 'SITE', text: (it) => it.site ?? '-', drop: 3 },
    { title: 'LABELS', text: labelsText, drop: 2 },
    { title: 'BY', text: (it) => it.createdBy, drop: 1 },
  ];
}

function stateOf({ revoked, used, uses, expiresAt }: DeviceToken, now: number): string {
  if (revoked) return 'revoked';
  if (used >= uses) return 'used up';
  const left = Date.parse(expiresAt) - now;
  return left <= 0 ? 'expired' : `valid ${age(left)}`;
}

const labelsText = ({ labels }: DeviceToken) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || '-';
