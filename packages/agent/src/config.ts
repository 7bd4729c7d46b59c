import { durationMs, outboxQuota, streamTtls } from '@skerry/contracts';
import { configKeys } from '@skerry/kit/config';
import { z } from 'zod';
import { parts } from './logs/log-paths.ts';

const port = z.number().int().min(0).max(65_535);

const state = {
  type: z.string().min(1),
  default: 'skerry-agent',
  help: 'folder of all that the agent keeps',
} as const;
const logLevel = {
  type: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
  default: 'info',
  help: 'least of what is logged',
} as const;

const json = { type: z.boolean(), default: false, help: 'JSON instead of words' } as const;

/** `join`: by flag or environment (`SKERRY_AGENT_STATE`). The token comes by stdin, never by an argument. */
export const joinKeys = configKeys({
  state,
  name: {
    type: z.string().optional(),
    help: 'what the device would like to be called (default: the host’s name)',
  },
  json,
  logLevel,
});

/** `run`: by flag (`--port-search`) or environment (`SKERRY_AGENT_PORT_SEARCH`). */
export const runKeys = configKeys({
  state,
  servingHost: {
    type: z.string().min(1),
    default: '127.0.0.1',
    help: 'address of the models’ ports; another than loopback has TLS and asks for keys (serving/keys.yaml)',
  },
  restPort: { type: port, default: 8000, help: 'port of the models’ REST API' },
  grpcPort: { type: port, default: 8001, help: 'port of the models’ gRPC API' },
  metricsPort: { type: port, default: 8002, help: 'port of the runtime’s metrics' },
  portSearch: { type: z.boolean(), default: false, help: 'take the next free port where one is taken' },
  outboxQuota: {
    type: outboxQuota,
    default: '512Mi',
    help: 'bytes that may wait for the hub, such as 512Mi',
  },
  outboxTtl: {
    type: streamTtls,
    default: '',
    help: 'how long messages of a stream wait for the hub, such as sample=30d,result=never',
  },
  logLevel,
  readyJson: { type: z.boolean(), default: false, help: 'one line of JSON on stdout once the runtime is up' },
});

/** `check`: what `run` would be told, as far as the checks look at it. */
export const checkKeys = configKeys({
  state,
  outboxQuota: runKeys.outboxQuota,
  json,
});

/** `logs`: by flag or environment; `-f` is short for `--follow`. */
export const logsKeys = configKeys({
  state,
  part: { type: z.enum(parts).optional(), help: `one of ${parts.join(', ')} (default: both)` },
  since: { type: durationMs.optional(), help: 'only what was said in the last 30m, 1h30m, 2d …' },
  follow: { type: z.boolean(), default: false, help: 'go on with what comes, until Ctrl-C (-f)' },
  json: { ...json, help: 'a line of JSON each instead of words' },
});

/** `messages`: by flag or environment; `-f` is short for `--follow`. */
export const messagesKeys = configKeys({
  state,
  after: { type: z.number().int().nonnegative(), default: 0, help: 'only those behind this number' },
  follow: { type: z.boolean(), default: false, help: 'go on with what comes, until Ctrl-C (-f)' },
  json: { ...json, help: 'a line of JSON each' },
});

/** `status`: by flag or environment. */
export const statusKeys = configKeys({
  state,
  json,
});

/** `support-bundle`: the file comes as an argument. */
export const bundleKeys = configKeys({
  state,
  outboxQuota: runKeys.outboxQuota,
  json,
});

/** What any verb may be told. */
export const allKeys = [
  joinKeys,
  runKeys,
  checkKeys,
  logsKeys,
  bundleKeys,
  statusKeys,
  messagesKeys,
] as const;
