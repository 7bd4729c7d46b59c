/** A site of the demo with its one device. */
export interface Role {
  readonly site: string;
  readonly device: string;
  /** Whether its camera is bad on purpose. */
  readonly bad: boolean;
  /** Where its runtime looks for a free port. Far apart, so that runtimes that restart together keep their own. */
  readonly ports: { readonly rest: number; readonly grpc: number; readonly metrics: number };
}

export const cast: readonly Role[] = [
  { site: 'leeds', device: 'camera1', bad: false, ports: { rest: 8000, grpc: 8001, metrics: 8002 } },
  { site: 'york', device: 'camera2', bad: false, ports: { rest: 8010, grpc: 8011, metrics: 8012 } },
  { site: 'hull', device: 'camera3', bad: true, ports: { rest: 8020, grpc: 8021, metrics: 8022 } },
];

/** What `examples/meter-reading/fleet.yaml` calls the pipeline, and the labels that its deployment selects. */
export const pipeline = 'camera';
export const labels = { role: 'meter' };

/** Frames a second that every camera takes. */
export const rate = 50;
