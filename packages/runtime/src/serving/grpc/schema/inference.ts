import { type SchemaText, schemaOf } from './schema.ts';

const named = ['string name = 1', 'string version = 2'];
const choice = 'oneof parameter_choice';

/** Messages about models and the server. */
const metadata: SchemaText['messages'] = {
  ServerLiveRequest: [],
  ServerLiveResponse: ['bool live = 1'],
  ServerReadyRequest: [],
  ServerReadyResponse: ['bool ready = 1'],
  ModelReadyRequest: named,
  ModelReadyResponse: ['bool ready = 1'],
  ServerMetadataRequest: [],
  ServerMetadataResponse: ['string name = 1', 'string version = 2', 'repeated string extensions = 3'],
  ModelMetadataRequest: named,
  ModelMetadataResponse: [
    'string name = 1',
    'repeated string versions = 2',
    'string platform = 3',
    'repeated ModelMetadataResponse.TensorMetadata inputs = 4',
    'repeated ModelMetadataResponse.TensorMetadata outputs = 5',
  ],
  'ModelMetadataResponse.TensorMetadata': [
    'string name = 1',
    'string datatype = 2',
    'repeated int64 shape = 3',
  ],
};

/** What infer-request.ts reads and infer-response.ts writes by hand, since they must be quick. */
const inference: SchemaText['messages'] = {
  InferParameter: [
    `bool bool_param = 1 ${choice}`,
    `int64 int64_param = 2 ${choice}`,
    `string string_param = 3 ${choice}`,
    `double double_param = 4 ${choice}`,
    `uint64 uint64_param = 5 ${choice}`,
  ],
  InferTensorContents: [
    'repeated bool bool_contents = 1',
    'repeated int32 int_contents = 2',
    'repeated int64 int64_contents = 3',
    'repeated uint32 uint_contents = 4',
    'repeated uint64 uint64_contents = 5',
    'repeated float fp32_contents = 6',
    'repeated double fp64_contents = 7',
    'repeated bytes bytes_contents = 8',
  ],
  ModelInferRequest: [
    'string model_name = 1',
    'string model_version = 2',
    'string id = 3',
    'map<string, InferParameter> parameters = 4',
    'repeated ModelInferRequest.InferInputTensor inputs = 5',
    'repeated ModelInferRequest.InferRequestedOutputTensor outputs = 6',
    'repeated bytes raw_input_contents = 7',
  ],
  'ModelInferRequest.InferInputTensor': [
    'string name = 1',
    'string datatype = 2',
    'repeated int64 shape = 3',
    'map<string, InferParameter> parameters = 4',
    'InferTensorContents contents = 5',
  ],
  'ModelInferRequest.InferRequestedOutputTensor': [
    'string name = 1',
    'map<string, InferParameter> parameters = 2',
  ],
  ModelInferResponse: [
    'string model_name = 1',
    'string model_version = 2',
    'string id = 3',
    'map<string, InferParameter> parameters = 4',
    'repeated ModelInferResponse.InferOutputTensor outputs = 5',
    'repeated bytes raw_output_contents = 6',
  ],
  'ModelInferResponse.InferOutputTensor': [
    'string name = 1',
    'string datatype = 2',
    'repeated int64 shape = 3',
    'map<string, InferParameter> parameters = 4',
    'InferTensorContents contents = 5',
  ],
  ModelStreamInferResponse: ['string error_message = 1', 'ModelInferResponse infer_response = 2'],
};

const statistics: SchemaText['messages'] = {
  ModelStatisticsRequest: named,
  StatisticDuration: ['uint64 count = 1', 'uint64 ns = 2'],
  InferStatistics: [
    'StatisticDuration success = 1',
    'StatisticDuration fail = 2',
    'StatisticDuration queue = 3',
    'StatisticDuration compute_input = 4',
    'StatisticDuration compute_infer = 5',
    'StatisticDuration compute_output = 6',
    'StatisticDuration cache_hit = 7',
    'StatisticDuration cache_miss = 8',
  ],
  InferBatchStatistics: [
    'uint64 batch_size = 1',
    'StatisticDuration compute_input = 2',
    'StatisticDuration compute_infer = 3',
    'StatisticDuration compute_output = 4',
  ],
  ModelStatistics: [
    'string name = 1',
    'string version = 2',
    'uint64 last_inference = 3',
    'uint64 inference_count = 4',
    'uint64 execution_count = 5',
    'InferStatistics inference_stats = 6',
    'repeated InferBatchStatistics batch_stats = 7',
  ],
  ModelStatisticsResponse: ['repeated ModelStatistics model_stats = 1'],
};

const repository: SchemaText['messages'] = {
  ModelRepositoryParameter: [
    `bool bool_param = 1 ${choice}`,
    `int64 int64_param = 2 ${choice}`,
    `string string_param = 3 ${choice}`,
    `bytes bytes_param = 4 ${choice}`,
  ],
  RepositoryIndexRequest: ['string repository_name = 1', 'bool ready = 2'],
  RepositoryIndexResponse: ['repeated RepositoryIndexResponse.ModelIndex models = 1'],
  'RepositoryIndexResponse.ModelIndex': [
    'string name = 1',
    'string version = 2',
    'string state = 3',
    'string reason = 4',
  ],
  RepositoryModelLoadRequest: [
    'string repository_name = 1',
    'string model_name = 2',
    'map<string, ModelRepositoryParameter> parameters = 3',
  ],
  RepositoryModelLoadResponse: [],
  RepositoryModelUnloadRequest: [
    'string repository_name = 1',
    'string model_name = 2',
    'map<string, ModelRepositoryParameter> parameters = 3',
  ],
  RepositoryModelUnloadResponse: [],
};

/** Of Triton's `ModelConfig` what this server can say. */
const config: SchemaText['messages'] = {
  ModelConfigRequest: named,
  ModelConfigResponse: ['ModelConfig config = 1'],
  ModelConfig: [
    'string name = 1',
    'string platform = 2',
    'ModelVersionPolicy version_policy = 3',
    'int32 max_batch_size = 4',
    'repeated ModelInput input = 5',
    'repeated ModelOutput output = 6',
    'repeated ModelInstanceGroup instance_group = 7',
    'string default_model_filename = 8',
    'ModelDynamicBatching dynamic_batching = 11 oneof scheduling_choice',
    'map<string, ModelParameter> parameters = 14',
    'string backend = 17',
  ],
  ModelVersionPolicy: [
    'ModelVersionPolicy.Latest latest = 1 oneof policy_choice',
    'ModelVersionPolicy.All all = 2 oneof policy_choice',
    'ModelVersionPolicy.Specific specific = 3 oneof policy_choice',
  ],
  'ModelVersionPolicy.Latest': ['uint32 num_versions = 1'],
  'ModelVersionPolicy.All': [],
  'ModelVersionPolicy.Specific': ['repeated int64 versions = 1'],
  ModelTensorReshape: ['repeated int64 shape = 1'],
  ModelInput: [
    'string name = 1',
    'DataType data_type = 2',
    'ModelInput.Format format = 3',
    'repeated int64 dims = 4',
    'ModelTensorReshape reshape = 5',
  ],
  ModelOutput: [
    'string name = 1',
    'DataType data_type = 2',
    'repeated int64 dims = 3',
    'string label_filename = 4',
    'ModelTensorReshape reshape = 5',
  ],
  ModelInstanceGroup: ['string name = 1', 'int32 count = 2', 'ModelInstanceGroup.Kind kind = 4'],
  ModelQueuePolicy: [
    'ModelQueuePolicy.TimeoutAction timeout_action = 1',
    'uint64 default_timeout_microseconds = 2',
    'bool allow_timeout_override = 3',
    'uint32 max_queue_size = 4',
  ],
  ModelDynamicBatching: [
    'repeated int32 preferred_batch_size = 1',
    'uint64 max_queue_delay_microseconds = 2',
    'bool preserve_ordering = 3',
    'uint64 priority_levels = 4',
    'uint64 default_priority_level = 5',
    'ModelQueuePolicy default_queue_policy = 6',
  ],
  ModelParameter: ['string string_value = 1'],
};

const unary = [
  'ServerLive',
  'ServerReady',
  'ModelReady',
  'ServerMetadata',
  'ModelMetadata',
  'ModelInfer',
  'ModelConfig',
  'ModelStatistics',
  'RepositoryIndex',
  'RepositoryModelLoad',
  'RepositoryModelUnload',
] as const;

export type UnaryMethod = (typeof unary)[number];

/** The Open Inference Protocol over gRPC with Triton's extensions: names and numbers of grpc_service.proto and model_config.proto. */
export const inferenceSchema = schemaOf({
  file: 'grpc_service.proto',
  package: 'inference',
  enums: {
    DataType: [
      ...['INVALID', 'BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64'],
      ...['FP16', 'FP32', 'FP64', 'STRING', 'BF16'],
    ].map((name) => `TYPE_${name}`),
    'ModelInput.Format': ['FORMAT_NONE', 'FORMAT_NHWC', 'FORMAT_NCHW'],
    'ModelInstanceGroup.Kind': ['KIND_AUTO', 'KIND_GPU', 'KIND_CPU', 'KIND_MODEL'],
    'ModelQueuePolicy.TimeoutAction': ['REJECT', 'DELAY'],
  },
  messages: { ...metadata, ...inference, ...statistics, ...repository, ...config },
  services: {
    GRPCInferenceService: [
      ...unary.map((name) => ({ name, input: `${name}Request`, output: `${name}Response` })),
      {
        name: 'ModelStreamInfer',
        input: 'ModelInferRequest',
        output: 'ModelStreamInferResponse',
        clientStreams: true,
        serverStreams: true,
      },
    ],
  },
});

/** Methods of Triton's service that are not served. */
export const absentMethods = [
  ...['Status', 'Register', 'Unregister'].flatMap((verb) => [
    `SystemSharedMemory${verb}`,
    `CudaSharedMemory${verb}`,
  ]),
  'TraceSetting',
  'LogSettings',
];
