import type { ServingAction } from '@skerry/contracts';

/** What asking at an address, or calling a method, needs; `open` is for everybody. */
export type Need = ServingAction | 'open';

/** The first that fits decides. Whatever is not here changes the server, for all we know. */
const restNeeds: readonly (readonly [RegExp, Need])[] = [
  [/^\/v2\/health\//, 'open'],
  [/^\/ca\.crt$/, 'open'],
  [/\/(?:infer|generate|generate_stream|frames)$/, 'infer'],
  // Figures of all models at once say what others may not see.
  [/^\/v2\/models\/stats$/, 'metrics'],
  [/^\/metrics(?:\/|$)/, 'metrics'],
  [/^\/v2(?:\/models\/.*)?$/, 'metadata'],
];

/** Of a route's path, such as `/v2/models/:model/infer`. */
export function restNeed(path: string): Need {
  return restNeeds.find(([pattern]) => pattern.test(path))?.[1] ?? 'repository';
}

/** By name, of `inference.GRPCInferenceService`, `grpc.health.v1.Health` and reflection. */
const grpcNeeds: Readonly<Record<string, Need>> = {
  ServerLive: 'open',
  ServerReady: 'open',
  Check: 'open',
  Watch: 'open',
  List: 'open',
  ModelInfer: 'infer',
  ModelStreamInfer: 'infer',
  ServerMetadata: 'metadata',
  ModelMetadata: 'metadata',
  ModelReady: 'metadata',
  ModelConfig: 'metadata',
  ModelStatistics: 'metadata',
  ServerReflectionInfo: 'metadata',
};

/** Of a method's name, such as `ModelInfer`. */
export function grpcNeed(method: string): Need {
  return Object.hasOwn(grpcNeeds, method) ? grpcNeeds[method]! : 'repository';
}
