import { type AddCommand, type CommonOptions, command } from '../command.ts';
import { becomePart } from '../processes.ts';

interface ServeOptions extends CommonOptions {
  readonly host?: string;
  readonly port?: string;
  readonly metricsPort?: string;
  readonly portSearch?: boolean;
  readonly config?: string;
}

export const serveCommand: AddCommand = (parent) => {
  command(parent, {
    name: 'serve <path>',
    summary:
      'serve an ONNX file, or a folder of models, with no hub and no YAML; prints a curl line that works',
    examples: ['serve ./any.onnx', 'serve ./models --host 0.0.0.0 --port 9000'],
  })
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port of the REST API (default: 8000)')
    .option('--metrics-port <number>', 'port of the metrics (default: 8002)')
    .option('--port-search', 'take the next free port where one is taken')
    .option('--config <file>', 'file with these and the other settings of the runtime')
    .action((path: string, options: ServeOptions) =>
      becomePart('runtime', ['--models', path, ...flags(options)]),
    );
};

function flags({ host, port, metricsPort, portSearch, config, json }: ServeOptions): string[] {
  return [
    ...(host === undefined ? [] : ['--host', host]),
    ...(port === undefined ? [] : ['--port', port]),
    ...(metricsPort === undefined ? [] : ['--metrics-port', metricsPort]),
    ...(portSearch ? ['--port-search'] : []),
    ...(config === undefined ? [] : ['--config', config]),
    ...(json ? ['--ready-json'] : []),
  ];
}
