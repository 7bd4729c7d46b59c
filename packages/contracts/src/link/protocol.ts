/** Raised when a message changes in a way that an older reader cannot ignore. */
export const protocolVersion = 1;

/** Features that a device says it has; a desired part that needs another is reported `Unsupported`. */
export const features = ['models/onnx', 'pipelines/http', 'sinks/webhook', 'sinks/file'] as const;
export type Feature = (typeof features)[number];
