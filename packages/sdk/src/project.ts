import {
  type AdmissionRequest,
  admission,
  type CommandRequest,
  commandResource,
  type DeploymentObject,
  type DeviceObject,
  type DeviceTokenRequest,
  deploymentResource,
  deploymentRevision,
  deviceDesired,
  deviceResource,
  deviceToken,
  hubEvent,
  listOf,
  modelResource,
  newDeviceToken,
  type SiteObject,
  type StreamName,
  siteResource,
  storedMessage,
  streamSummary,
  waitingDevice,
} from '@skerry/contracts';
import type { Caller } from './caller.ts';
import { readAll } from './lists.ts';
import { objectsOf } from './objects.ts';
import { type ModelPush, pushModel } from './push-model.ts';

export type ProjectClient = ReturnType<typeof projectClient>;

/** What the API gives per page, at most. */
const messagesPerPage = 5000;
const eventsPerPage = 1000;

/** An address below a project's, of the parts that follow it. */
type At = (...parts: string[]) => string;

/** All that belongs to one project. */
export function projectClient(caller: Caller, project: string) {
  const base = `/api/v1/projects/${encodeURIComponent(project)}`;
  const at: At = (...parts) => [base, ...parts.map(encodeURIComponent)].join('/');
  return {
    sites: objectsOf<typeof siteResource, SiteObject>(caller, at('sites'), siteResource),
    devices: devicesOf(caller, at),
    deployments: deploymentsOf(caller, at),
    models: modelsOf(caller, at, project),
    deviceTokens: deviceTokensOf(caller, at),
    /** Newest first. */
    events({ most, ...about }: EventQuery) {
      const query = { ...about, limit: Math.min(most, eventsPerPage) };
      return readAll(caller, hubEvent, get(at('events'), query), { cursor: 'before', most });
    },
  };
}

export interface EventQuery {
  readonly device?: string | undefined;
  readonly deployment?: string | undefined;
  /** How many, at most. */
  readonly most: number;
}

function devicesOf(caller: Caller, at: At) {
  const messages = listOf(storedMessage);
  return {
    ...objectsOf<typeof deviceResource, DeviceObject>(caller, at('devices'), deviceResource),
    /** The body of its desired state, and which deployment set each field. */
    desired: (name: string) => caller.read(deviceDesired, get(at('devices', name, 'desired'))),
    /**
     * Lets it in, whatever kept it out: by its name, or by its id where what it shows is not on the hub's record. Says
     * what had kept it out.
     */
    admit: (device: string, json: AdmissionRequest = {}) =>
      caller.read(admission, { method: 'POST', path: at('devices', device, 'admission'), json }),
    /** Those that wait to be admitted, the longest first. */
    waiting: () => readAll(caller, waitingDevice, get(at('waiting-devices'))),
    /** None of its certificates is good any more, and it is cut off; it stays in the fleet. */
    async revoke(name: string): Promise<void> {
      await caller.send({ method: 'POST', path: at('devices', name, 'revoke') });
    },
    streams: (name: string) => readAll(caller, streamSummary, get(at('devices', name, 'streams'))),
    /** Asks it to do something: kept until it has answered, or until its time is over. */
    ask: (name: string, json: CommandRequest) =>
      caller.read(commandResource, { method: 'POST', path: at('devices', name, 'commands'), json }),
    /** A command, as soon as it is settled, or as it is after so long (20 s at most). */
    command: (name: string, id: string, waitSeconds = 0) =>
      caller.read(commandResource, get(at('devices', name, 'commands', id), { waitSeconds })),
    /** What it was asked to do, newest first. */
    commands: (name: string, most: number) =>
      readAll(caller, commandResource, get(at('devices', name, 'commands'), { limit: Math.min(most, 500) }), {
        cursor: 'before',
        most,
      }),
    /** One page of what it sent, in the order of arrival; `next` asks for what came later, also after the last page. */
    messages: (name: string, query: { stream?: StreamName; after?: string | undefined } = {}) =>
      caller.read(messages, get(at('devices', name, 'messages'), { ...query, limit: messagesPerPage })),
  };
}

function deploymentsOf(caller: Caller, at: At) {
  return {
    ...objectsOf<typeof deploymentResource, DeploymentObject>(caller, at('deployments'), deploymentResource),
    /** Newest first. */
    history: (name: string) => readAll(caller, deploymentRevision, get(at('deployments', name, 'history'))),
    /** Makes a new revision of a former one: of the one before, where none is named. */
    undo(name: string, toGeneration?: number) {
      const json = toGeneration === undefined ? {} : { toGeneration };
      return caller.read(deploymentResource, { method: 'POST', path: at('deployments', name, 'undo'), json });
    },
  };
}

function modelsOf(caller: Caller, at: At, project: string) {
  return {
    list: () => readAll(caller, modelResource, get(at('models'))),
    get: (name: string) => caller.read(modelResource, get(at('models', name))),
    push: (push: Omit<ModelPush, 'project'>) => pushModel(caller, { ...push, project }),
    /** Points an alias at a version. */
    async alias(name: string, alias: string, version: number): Promise<void> {
      await caller.send({ method: 'PUT', path: at('models', name, 'aliases', alias), json: { version } });
    },
  };
}

function deviceTokensOf(caller: Caller, at: At) {
  return {
    list: () => readAll(caller, deviceToken, get(at('device-tokens'))),
    /** The answer alone holds the token's text. */
    create: (json: DeviceTokenRequest) =>
      caller.read(newDeviceToken, { method: 'POST', path: at('device-tokens'), json }),
    async revoke(id: string): Promise<void> {
      await caller.send({ method: 'DELETE', path: at('device-tokens', id) });
    },
  };
}

const get = (path: string, query?: Readonly<Record<string, string | number | undefined>>) => ({
  method: 'GET',
  path,
  query,
});
