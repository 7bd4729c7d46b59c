import type { Wire, WireName } from '../serving/wire.ts';

/** The protocols' ways to write, each imported when it is first wanted. */
export interface Wires {
  loaded(name: WireName): Wire | undefined;
  load(name: WireName): Promise<Wire>;
}

const sources: Readonly<Record<WireName, () => Promise<Wire>>> = {
  rest: async () => (await import('../serving/rest/rest-wire.ts')).restWire,
  grpc: async () => (await import('../serving/grpc/grpc-wire.ts')).grpcWire,
};

export function lazyWires(): Wires {
  const wires = new Map<WireName, Wire>();
  return {
    loaded: (name) => wires.get(name),
    async load(name) {
      const wire = wires.get(name) ?? (await sources[name]());
      wires.set(name, wire);
      return wire;
    },
  };
}
