import type { handleUnaryCall, Server } from '@grpc/grpc-js';
import type { CallLog } from './call-log.ts';
import type { StatusOf } from './errors.ts';
import { health } from './health.ts';
import { inferHandler, inferStarter } from './infer-handler.ts';
import { notServed, type UnaryHandler, unaryHandlers } from './methods.ts';
import type { GrpcOptions } from './options.ts';
import type { Permit } from './permit.ts';
import { reflectionHandler } from './reflection.ts';
import { decode, encode, type Message } from './schema/codec.ts';
import { healthSchema } from './schema/health.ts';
import { absentMethods, inferenceSchema, type UnaryMethod } from './schema/inference.ts';
import { reflectionSchema } from './schema/reflection.ts';
import { streamHandler } from './stream-handler.ts';

const SERVICE = '/inference.GRPCInferenceService/';
const HEALTH = '/grpc.health.v1.Health/';

type Unary = handleUnaryCall<Buffer, Buffer>;

// Messages stay bytes in the library: inference reads them itself, perhaps on another thread.
const asItCame = (bytes: Buffer) => bytes;

/** What every method is made with. */
export interface ServiceTools {
  readonly permit: Permit;
  readonly statusOf: StatusOf;
  /** Undefined where nobody looks on. */
  readonly log: CallLog | undefined;
}

/** Registers every method with the server. */
export function addServices(server: Server, options: GrpcOptions, tools: ServiceTools): void {
  const { permit, statusOf, log } = tools;
  const start = inferStarter({ ...options, permit, log });
  const unary = (method: string, handler: Unary) => {
    const path = SERVICE + method;
    server.register(path, log ? log.watched(path, handler) : handler, asItCame, asItCame, 'unary');
  };
  unary('ModelInfer', inferHandler(start, statusOf));
  server.register(`${SERVICE}ModelStreamInfer`, streamHandler(start, statusOf), asItCame, asItCame, 'bidi');
  for (const [method, handler] of Object.entries(unaryHandlers(options)))
    unary(method, messageHandler(method as UnaryMethod, handler, tools));
  for (const method of absentMethods)
    unary(method, (_call, callback) => callback(statusOf(notServed(method))));
  addHealth(server, options, statusOf);
  addReflection(server, permit, statusOf);
}

function addHealth(server: Server, options: GrpcOptions, statusOf: StatusOf): void {
  const { check, watch } = health(options);
  const handler: Unary = (call, callback) => {
    try {
      callback(null, check(call.request));
    } catch (error) {
      callback(statusOf(error));
    }
  };
  server.register(`${HEALTH}Check`, handler, asItCame, asItCame, 'unary');
  server.register(`${HEALTH}Watch`, watch, asItCame, asItCame, 'serverStream');
}

function addReflection(server: Server, permit: Permit, statusOf: StatusOf): void {
  const versions = [reflectionSchema('v1'), reflectionSchema('v1alpha')];
  const schemas = [inferenceSchema, healthSchema, ...versions];
  for (const version of versions) {
    const path = `/${version.package}.ServerReflection/ServerReflectionInfo`;
    server.register(path, reflectionHandler(version, schemas, permit, statusOf), asItCame, asItCame, 'bidi');
  }
}

/** A method whose messages are read and written by the schema. */
function messageHandler(
  method: UnaryMethod,
  handler: UnaryHandler,
  { permit, statusOf }: ServiceTools,
): Unary {
  return async (call, callback) => {
    try {
      const request = decode(inferenceSchema, `${method}Request`, call.request);
      permit(call, method, modelIn(request));
      callback(null, encode(inferenceSchema, `${method}Response`, await handler(request)));
    } catch (error) {
      callback(statusOf(error));
    }
  };
}

function modelIn({ name, model_name }: Message): string | undefined {
  const model = (name ?? model_name) as string | undefined;
  return model === '' ? undefined : model;
}
