import {
  chainResponse,
  type DeploymentObject,
  type DeviceObject,
  type DeviceTokenRequest,
  deploymentResource,
  deploymentRevision,
  deviceDesired,
  deviceResource,
  deviceToken,
  hubEvent,
  hubInfo,
  listOf,
  modelResource,
  newDeviceToken,
  type SiteObject,
  type StreamName,
  siteResource,
  storedMessage,
  streamSummary,
  whoAmI,
} from '@skerry/contracts';
import { type CallerOptions, createCaller } from './caller.ts';
import { readAll } from './lists.ts';
import { objectsOf } from './objects.ts';
import { type ModelPush, pushModel } from './push-model.ts';

export type HubClient = ReturnType<typeof createHubClient>;
export type ProjectClient = ReturnType<HubClient['project']>;

/** What the API gives per page, at most. */
const messagesPerPage = 5000;
const eventsPerPage = 1000;

/** The typed client of a hub's API. Every method throws `HubError`, or what `request` throws. */
export function createHubClient(options: CallerOptions) {
  const caller = createCaller(options);
  const get = (path: string) => ({ method: 'GET', path: `/api/v1/${path}` });

  return {
    /** Open to all. */
    info: () => caller.read(hubInfo, get('info')),
    /** The issuing certificate and the root, PEM. Open to all. */
    chain: () => caller.read(chainResponse, get('chain')),
    whoAmI: () => caller.read(whoAmI, get('whoami')),

    project(project: string) {
      const base = `/api/v1/projects/${encodeURIComponent(project)}`;
      const at = (...parts: string[]) => [base, ...parts.map(encodeURIComponent)].join('/');
      return {
        sites: objectsOf<typeof siteResource, SiteObject>(caller, at('sites'), siteResource),
        devices: {
          ...objectsOf<typeof deviceResource, DeviceObject>(caller, at('devices'), deviceResource),
          /** The body of its desired state, and which deployment set each field. */
          desired: (name: string) =>
            caller.read(deviceDesired, { method: 'GET', path: at('devices', name, 'desired') }),
          streams: (name: string) =>
            readAll(caller, streamSummary, { method: 'GET', path: at('devices', name, 'streams') }),
          /** One page of what it sent, in the order of arrival; `next` asks for what came later. */
          messages: (name: string, query: { stream?: StreamName; after?: string | undefined } = {}) =>
            caller.read(storedMessages, {
              method: 'GET',
              path: at('devices', name, 'messages'),
              query: { ...query, limit: messagesPerPage },
            }),
        },
        deployments: {
          ...objectsOf<typeof deploymentResource, DeploymentObject>(
            caller,
            at('deployments'),
            deploymentResource,
          ),
          history: (name: string) =>
            readAll(caller, deploymentRevision, { method: 'GET', path: at('deployments', name, 'history') }),
          undo: (name: string, toGeneration?: number) =>
            caller.read(deploymentResource, {
              method: 'POST',
              path: at('deployments', name, 'undo'),
              json: toGeneration === undefined ? {} : { toGeneration },
            }),
        },
        models: {
          list: () => readAll(caller, modelResource, { method: 'GET', path: at('models') }),
          get: (name: string) => caller.read(modelResource, { method: 'GET', path: at('models', name) }),
          push: (push: Omit<ModelPush, 'project'>) => pushModel(caller, { ...push, project }),
          /** Points an alias at a version. */
          async alias(name: string, alias: string, version: number): Promise<void> {
            const path = at('models', name, 'aliases', alias);
            await caller.send({ method: 'PUT', path, json: { version } });
          },
        },
        deviceTokens: {
          list: () => readAll(caller, deviceToken, { method: 'GET', path: at('device-tokens') }),
          /** The answer alone holds the token's text. */
          create: (json: DeviceTokenRequest) =>
            caller.read(newDeviceToken, { method: 'POST', path: at('device-tokens'), json }),
          async revoke(id: string): Promise<void> {
            await caller.send({ method: 'DELETE', path: at('device-tokens', id) });
          },
        },
        /** Newest first. */
        events: ({ most, ...about }: EventQuery) =>
          readAll(
            caller,
            hubEvent,
            {
              method: 'GET',
              path: at('events'),
              query: { ...about, limit: Math.min(most, eventsPerPage) },
            },
            { cursor: 'before', most },
          ),
      };
    },
  };
}

export interface EventQuery {
  readonly device?: string | undefined;
  readonly deployment?: string | undefined;
  /** How many, at most. */
  readonly most: number;
}

const storedMessages = listOf(storedMessage);
