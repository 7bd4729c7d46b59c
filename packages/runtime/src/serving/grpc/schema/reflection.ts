import { type Schema, schemaOf } from './schema.ts';

/** The gRPC server reflection protocol; its versions differ in their package alone. */
export const reflectionSchema = (version: 'v1' | 'v1alpha'): Schema =>
  schemaOf({
    file: `grpc/reflection/${version}/reflection.proto`,
    package: `grpc.reflection.${version}`,
    enums: {},
    messages: {
      ServerReflectionRequest: [
        'string host = 1',
        'string file_by_filename = 3 oneof message_request',
        'string file_containing_symbol = 4 oneof message_request',
        'ExtensionRequest file_containing_extension = 5 oneof message_request',
        'string all_extension_numbers_of_type = 6 oneof message_request',
        'string list_services = 7 oneof message_request',
      ],
      ExtensionRequest: ['string containing_type = 1', 'int32 extension_number = 2'],
      ServerReflectionResponse: [
        'string valid_host = 1',
        'ServerReflectionRequest original_request = 2',
        'FileDescriptorResponse file_descriptor_response = 4 oneof message_response',
        'ExtensionNumberResponse all_extension_numbers_response = 5 oneof message_response',
        'ListServiceResponse list_services_response = 6 oneof message_response',
        'ErrorResponse error_response = 7 oneof message_response',
      ],
      FileDescriptorResponse: ['repeated bytes file_descriptor_proto = 1'],
      ExtensionNumberResponse: ['string base_type_name = 1', 'repeated int32 extension_number = 2'],
      ListServiceResponse: ['repeated ServiceResponse service = 1'],
      ServiceResponse: ['string name = 1'],
      ErrorResponse: ['int32 error_code = 1', 'string error_message = 2'],
    },
    services: {
      ServerReflection: [
        {
          name: 'ServerReflectionInfo',
          input: 'ServerReflectionRequest',
          output: 'ServerReflectionResponse',
          clientStreams: true,
          serverStreams: true,
        },
      ],
    },
  });
