/** What a device says: `skerry/v1/{projectId}/{deviceId}/up/{kind}`. */
export const upKinds = ['hello', 'confirm', 'batch', 'report', 'answer'] as const;
/** What the hub says to it: `…/down/{kind}`. */
export const downKinds = ['welcome', 'busy', 'ack', 'nudge', 'command'] as const;
export type UpKind = (typeof upKinds)[number];
export type DownKind = (typeof downKinds)[number];

export interface DeviceAddress {
  readonly projectId: string;
  readonly deviceId: string;
}

export type Topic = DeviceAddress &
  (
    | { readonly direction: 'up'; readonly kind: UpKind }
    | { readonly direction: 'down'; readonly kind: DownKind }
  );

export function upTopic({ projectId, deviceId }: DeviceAddress, kind: UpKind): string {
  return `skerry/v1/${projectId}/${deviceId}/up/${kind}`;
}

export function downTopic({ projectId, deviceId }: DeviceAddress, kind: DownKind): string {
  return `skerry/v1/${projectId}/${deviceId}/down/${kind}`;
}

/** The parts of a topic, or undefined when it is none of ours; wildcards never are. */
export function parseTopic(topic: string): Topic | undefined {
  const [root, version, projectId, deviceId, direction, kind, ...rest] = topic.split('/');
  if (root !== 'skerry' || version !== 'v1' || rest.length > 0) return undefined;
  if (!projectId || !deviceId || !kind || /[+#]/.test(projectId + deviceId)) return undefined;
  if (direction === 'up' && isUpKind(kind)) return { projectId, deviceId, direction, kind };
  if (direction === 'down' && isDownKind(kind)) return { projectId, deviceId, direction, kind };
  return undefined;
}

function isUpKind(kind: string): kind is UpKind {
  return (upKinds as readonly string[]).includes(kind);
}

function isDownKind(kind: string): kind is DownKind {
  return (downKinds as readonly string[]).includes(kind);
}

/** Bytes of the largest MQTT packet that either side sends or takes. */
export const maxPacketBytes = 256 * 1024;
