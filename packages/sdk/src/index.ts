export type { CallerOptions, Tagged } from './caller.ts';
export { createHubClient, type HubClient } from './client.ts';
export { HubError, isHubError } from './errors.ts';
export { nothingYet, type Objects, type WriteOptions } from './objects.ts';
export type { EventQuery, ProjectClient } from './project.ts';
export type { Blob } from './push-blob.ts';
export type { ModelFile, ModelPush } from './push-model.ts';
export type { HubRequest, HubResponse, SendRequest } from './request.ts';
