import type { AddCommand } from '../command.ts';
import { agentCommands } from './agent.ts';
import { applyCommand } from './apply.ts';
import { coresCommand } from './cores.ts';
import { demoCommand } from './demo.ts';
import { deploymentCommands } from './deployment.ts';
import { deviceCommands } from './device.ts';
import { deviceLsCommand } from './device-ls.ts';
import { diffCommand } from './diff.ts';
import { discoverCommand } from './discover.ts';
import { eventsCommand } from './events.ts';
import { explainCommand } from './explain.ts';
import { hubCommands } from './hub.ts';
import { inferCommand } from './infer.ts';
import { keyCommands } from './key.ts';
import { loginCommand } from './login.ts';
import { modelCommands } from './model.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';

/** In the order in which a newcomer needs them. */
export const commands: readonly AddCommand[] = [
  demoCommand,
  serveCommand,
  inferCommand,
  keyCommands,
  discoverCommand,
  coresCommand,
  hubCommands,
  loginCommand,
  statusCommand,
  deviceLsCommand('devices'),
  deviceCommands,
  agentCommands,
  modelCommands,
  diffCommand,
  applyCommand,
  deploymentCommands,
  eventsCommand,
  explainCommand,
];
