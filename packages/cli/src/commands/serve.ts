import { type AddCommand, type CommonOptions, command } from '../command.ts';
import { becomePart } from '../processes.ts';

export const serveCommand: AddCommand = (parent) => {
  command(parent, {
    name: 'serve <path>',
    summary:
      'serve an ONNX file, or a folder of models, with no hub and no YAML; prints a curl line that works',
    examples: [
      'serve ./any.onnx',
      'serve ./models --host 0.0.0.0 --tls self --keys keys.yaml --announce reading-room',
    ],
  })
    .option(
      '--host <address>',
      'address to listen on; beyond loopback with TLS and keys (default: 127.0.0.1)',
    )
    .option('--port <number>', 'port of the REST API (default: 8000)')
    .option('--grpc-port <number>', 'port of the gRPC API (default: 8001)')
    .option('--metrics-port <number>', 'port of the metrics (default: 8002)')
    .option('--serving-threads <number>', 'threads that read and answer requests; auto: as many as cores')
    .option('--memory-budget <size>', 'refuse models beyond it (default: 80 % of the memory)')
    .option('--repository-poll <duration>', 'how often to look for changed models, 0 for never (default: 2s)')
    .option('--port-search', 'take the next free port where one is taken')
    .option('--tls <self>', 'self: TLS with an authority and a certificate that are made here')
    .option('--tls-cert <file>', 'TLS with this certificate and its chain (PEM)')
    .option('--tls-key <file>', 'the key that belongs to it (PEM)')
    .option('--client-ca <file>', 'ask clients for a certificate below this authority (PEM)')
    .option('--keys <file>', 'ask clients for an API key of this file (skerry key)')
    .option('--serving-folder <folder>', 'where --tls self keeps what it made (default: skerry-serving)')
    .option('--insecure', 'let everybody who reaches the address ask: for a network that you trust')
    .option('--announce <name>', 'announce the models on the network by mDNS (skerry discover)')
    .option('--config <file>', 'file with these and the other settings of the runtime')
    .action((path: string, { json, ...settings }: CommonOptions & Settings) =>
      becomePart('runtime', ['--models', path, ...flags({ ...settings, readyJson: json })]),
    );
};

/** As the runtime names its settings. */
type Settings = Readonly<Record<string, string | boolean | undefined>>;

function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === undefined || value === false ? [] : value === true ? [flag] : [flag, value];
  });
}
