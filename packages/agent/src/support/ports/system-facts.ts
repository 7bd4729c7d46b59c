import {
  availableParallelism,
  cpus,
  freemem,
  hostname,
  loadavg,
  networkInterfaces,
  release,
  totalmem,
  uptime,
  version,
} from 'node:os';

/** What is worth knowing of a machine from afar. Of the environment, names alone. */
export function systemFacts() {
  return {
    node: process.versions,
    platform: process.platform,
    arch: process.arch,
    release: release(),
    version: version(),
    hostname: hostname(),
    processor: cpus()[0]?.model,
    cores: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    load: loadavg(),
    uptimeSeconds: Math.round(uptime()),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    interfaces: Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
      name,
      addresses: addresses.map(({ cidr }) => cidr),
    })),
    user: process.getuid?.(),
    environment: Object.keys(process.env).filter((name) => /^(?:SKERRY_|NODE_|LD_)|_proxy$/i.test(name)),
  };
}
