import { schemaOf } from './schema.ts';

/** Of protobuf's own descriptor.proto the parts that a proto3 file like ours needs. */
export const descriptorSchema = schemaOf({
  file: 'google/protobuf/descriptor.proto',
  package: 'google.protobuf',
  enums: {},
  services: {},
  messages: {
    FileDescriptorProto: [
      'string name = 1',
      'string package = 2',
      'repeated DescriptorProto message_type = 4',
      'repeated EnumDescriptorProto enum_type = 5',
      'repeated ServiceDescriptorProto service = 6',
      'string syntax = 12',
    ],
    DescriptorProto: [
      'string name = 1',
      'repeated FieldDescriptorProto field = 2',
      'repeated DescriptorProto nested_type = 3',
      'repeated EnumDescriptorProto enum_type = 4',
      'MessageOptions options = 7',
      'repeated OneofDescriptorProto oneof_decl = 8',
    ],
    MessageOptions: ['bool map_entry = 7'],
    OneofDescriptorProto: ['string name = 1'],
    FieldDescriptorProto: [
      'string name = 1',
      'int32 number = 3',
      'int32 label = 4',
      'int32 type = 5',
      'string type_name = 6',
      'int32 oneof_index = 9',
      'string json_name = 10',
    ],
    EnumDescriptorProto: ['string name = 1', 'repeated EnumValueDescriptorProto value = 2'],
    EnumValueDescriptorProto: ['string name = 1', 'int32 number = 2'],
    ServiceDescriptorProto: ['string name = 1', 'repeated MethodDescriptorProto method = 2'],
    MethodDescriptorProto: [
      'string name = 1',
      'string input_type = 2',
      'string output_type = 3',
      'bool client_streaming = 5',
      'bool server_streaming = 6',
    ],
  },
});
