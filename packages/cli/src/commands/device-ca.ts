import { X509Certificate } from 'node:crypto';
import { fingerprintOf } from '@skerry/contracts';
import type { Cli } from '../cli.ts';
import { type AddCommand, type HubOptions, hubCommand, print } from '../command.ts';
import { failure } from '../errors.ts';
import { openContext } from '../hub/connect.ts';
import { clean } from '../render/clean.ts';

interface CaOptions extends HubOptions {
  readonly out?: string;
  readonly fingerprint?: string;
}

const deadlineMs = 10_000;
const maxBytes = 64 * 1024;

export const deviceCaCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'ca <device>',
    summary: 'the certificate that clients on the network trust a device’s models by',
    examples: [
      'device ca camera1 --out camera1.crt',
      'device ca https://192.168.1.20:8000 --fingerprint sha256:… > camera1.crt',
    ],
  })
    .option('--out <file>', 'write it there instead of to standard output')
    .option('--fingerprint <sha256:…>', 'for an address: of the certificate, as the runtime there printed it')
    .action(async (device: string, options: CaOptions) => {
      const pem = /^https:\/\//.test(device)
        ? await fromDevice(cli, device, options.fingerprint)
        : await fromHub(cli, device, options);
      await show(cli, pem, options);
    });
};

/** What the device reported to its hub, over connections that both have verified. */
async function fromHub(cli: Cli, name: string, { project, fingerprint }: CaOptions): Promise<string> {
  const context = await openContext(cli, project);
  const { ca } = (await context.project.devices.get(name)).value.status.reported.serving ?? {};
  if (ca === undefined)
    throw failure('NotFound', `${clean(name)} has reported no certificate of its own`, {
      next: 'Its agent reports one where it serves the network: skerry agent run --serving-host 0.0.0.0',
    });
  if (fingerprint !== undefined) compare(ca, fingerprint);
  return ca;
}

/** What the device itself shows to everybody: nothing is believed of it before the fingerprint fits. */
async function fromDevice(
  { ports, signal }: Cli,
  url: string,
  expected: string | undefined,
): Promise<string> {
  if (expected === undefined)
    throw failure('BadUsage', 'what an address shows is trusted only by its fingerprint', {
      next: 'Add --fingerprint with the one that the runtime there printed at its start.',
    });
  const response = await ports.http.request({
    method: 'GET',
    url: new URL('/ca.crt', url).href,
    tls: { rejectUnauthorized: false, checkServerIdentity: () => undefined },
    signal,
    deadlineMs,
    maxBytes,
  });
  const pem = Buffer.from(await response.body()).toString();
  if (response.status !== 200)
    throw failure('NotFound', `${url} hands out no certificate of its own (it answered ${response.status})`);
  compare(pem, expected);
  return pem;
}

function compare(pem: string, expected: string): void {
  const shown = fingerprintOf(certificateOf(pem).raw);
  if (shown === expected.toLowerCase()) return;
  throw failure('RootMismatch', `the certificate shown is ${shown}, you expect ${clean(expected)}`, {
    next: 'Compare with what the runtime printed at its start, over a channel that you trust.',
  });
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw failure('CertificateRefused', 'what came back is no certificate', { cause });
  }
}

/** Written anew from what was read, so that nothing else comes along. */
async function show(cli: Cli, pem: string, options: CaOptions): Promise<void> {
  const certificate = certificateOf(pem);
  const text = certificate.toString();
  const fingerprint = fingerprintOf(certificate.raw);
  if (options.out !== undefined) await cli.ports.disk.writeAtomic(options.out, text, { mode: 0o644 });
  const value = { fingerprint, notAfter: certificate.validToDate.toISOString(), certificate: text };
  const lines = options.out === undefined ? [text.trimEnd()] : [`Wrote ${options.out} (${fingerprint}).`];
  print(cli, options, value, () => lines);
}
