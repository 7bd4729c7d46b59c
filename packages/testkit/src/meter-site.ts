import { apiVersion, type DeploymentObject, type DeploymentSpec } from '@skerry/contracts';
import { type Agent, framesUrl, joinDevice, startAgent } from './agent.ts';
import { type Camera, startCamera } from './camera.ts';
import { type Hub, startHub } from './hub.ts';
import { judge, type Verdict } from './ledger.ts';
import { digitsFolder, pushModel } from './models.ts';
import { readMessages, readNotices } from './people.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** One site of the example: a hub, and a device that reads digits. */
export interface MeterSite {
  readonly hub: Hub;
  readonly agent: Agent;
  /** Where frames are posted to. */
  readonly frames: string;
}

/** The deployment of the example, with the digit model that is asked for. */
export function meterDeployment(ref: string): DeploymentObject {
  const spec: DeploymentSpec = {
    selector: { matchLabels: { role: 'meter' } },
    priority: 10,
    models: { digits: { ref } },
    pipelines: {
      camera: {
        source: { http: { maxInFlight: 64 } },
        stages: [{ decode: { pixels: [8, 8], channels: 1 } }, { infer: { model: 'digits' } }],
        sinks: { hub: { outbox: { stream: 'result' } } },
      },
    },
  };
  return { apiVersion, kind: 'Deployment', metadata: { name: 'meter-reading' }, spec };
}

export interface MeterSiteOptions {
  readonly hubArgs?: readonly string[];
  readonly agentArgs?: readonly string[];
}

/** Starts it all, and resolves when the device takes frames. */
export async function startMeterSite(
  stage: Stage,
  { hubArgs = [], agentArgs }: MeterSiteOptions = {},
): Promise<MeterSite> {
  const hub = await startHub(stage, { args: hubArgs });
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const device = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  const agent = await startAgent(stage, device, agentArgs);
  return { hub, agent, frames: await framesUrl(agent, 'camera') };
}

/** Starts the camera of a site, and resolves when the first of its frames are in the hub. */
export async function startFilming(stage: Stage, { hub, agent, frames }: MeterSite): Promise<Camera> {
  const camera = await startCamera(stage, { url: frames });
  const flowing = async () => (await readMessages(hub.people, agent.name, 'result')).length >= 10;
  await until(flowing, { what: 'the first frames are in the hub' });
  return camera;
}

/** Stops the camera, waits (milliseconds) until the device has delivered all that it holds, and judges. */
export async function settle(camera: Camera, { hub, agent }: MeterSite, deadline = 10_000): Promise<Verdict> {
  await camera.stop();
  const promised = await camera.promised();
  const look = async () => {
    const held = await readMessages(hub.people, agent.name, 'result');
    const notices = await readNotices(hub.people, agent.name);
    return judge({ promised, held, notices }, ({ id }) => id);
  };
  const delivered = async () => (await look()).lost.length === 0;
  await until(delivered, { what: 'all that was promised is in the hub', deadline, every: 100 }).catch(
    () => {},
  );
  return look();
}
