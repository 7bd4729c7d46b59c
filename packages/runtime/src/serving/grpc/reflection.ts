import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import type { StatusOf } from './errors.ts';
import type { Permit } from './permit.ts';
import { decode, encode, type Message } from './schema/codec.ts';
import { fileDescriptor } from './schema/descriptor.ts';
import type { Schema } from './schema/schema.ts';

const NOT_FOUND = 5;

/** `ServerReflectionInfo` for one version of the protocol: what `schemas` have, to clients that know nothing. */
export function reflectionHandler(
  own: Schema,
  schemas: readonly Schema[],
  permit: Permit,
  statusOf: StatusOf,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    call.on('data', (bytes: Buffer) => {
      try {
        permit(call, 'ServerReflectionInfo');
        const request = decode(own, 'ServerReflectionRequest', bytes);
        const response = {
          valid_host: request.host,
          original_request: request,
          ...answerTo(request, schemas),
        };
        // A client that asks faster than it reads waits for its own answers.
        if (!call.write(encode(own, 'ServerReflectionResponse', response))) call.pause();
      } catch (error) {
        call.emit('error', statusOf(error));
      }
    });
    call.on('drain', () => call.resume());
    call.on('end', () => call.end());
  };
}

function answerTo(request: Message, schemas: readonly Schema[]): Message {
  if (request.list_services !== undefined)
    return { list_services_response: { service: servicesOf(schemas) } };
  const file = request.file_by_filename;
  if (file !== undefined)
    return descriptorOf(
      schemas.find((schema) => schema.file === file),
      `file ${file}`,
    );
  const symbol = request.file_containing_symbol as string | undefined;
  if (symbol !== undefined)
    return descriptorOf(
      schemas.find((schema) => hasSymbol(schema, symbol)),
      `symbol ${symbol}`,
    );
  return notFound('extension: none of these files has any');
}

const servicesOf = (schemas: readonly Schema[]) =>
  schemas.flatMap((schema) =>
    Object.keys(schema.services).map((name) => ({ name: `${schema.package}.${name}` })),
  );

const descriptorOf = (schema: Schema | undefined, what: string): Message =>
  schema ? { file_descriptor_response: { file_descriptor_proto: [fileDescriptor(schema)] } } : notFound(what);

const notFound = (what: string): Message => ({
  error_response: { error_code: NOT_FOUND, error_message: `there is no ${what}` },
});

/** Services, their methods, messages and enums, by their full names. */
function hasSymbol({ package: scope, services, messages, enums }: Schema, symbol: string): boolean {
  if (!symbol.startsWith(`${scope}.`)) return false;
  const name = symbol.slice(scope.length + 1);
  const [service, method] = name.split('.');
  const methods = services[service!];
  if (methods) return method === undefined || methods.some((it) => it.name === method);
  return messages.has(name) || Object.hasOwn(enums, name);
}
