import { type DeviceAddress } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import type { Authority } from './authority.ts';
import type { DeviceKey } from './device-key.ts';
/** A device whose certificate was verified. */
export interface VerifiedDevice extends DeviceAddress {
    readonly serial: string;
    /** Milliseconds since the epoch. */
    readonly expiresAt: number;
    /** The certificate has ended: good for nothing but to prove the key in a renewal. */
    readonly expired: boolean;
}
export type DeviceVerdict = {
    readonly ok: true;
    readonly device: VerifiedDevice;
} | {
    readonly ok: false;
    readonly why: string;
    /** The certificate is good, and its device is not in the fleet. */
    readonly unknown?: VerifiedDevice;
};
export interface DeviceCertificates {
    /** A certificate for the key; the chain as PEM: device, its issuer, root. */
    issue(device: DeviceAddress, key: DeviceKey): Promise<string[]>;
    /** Who shows this certificate (DER, undefined when none was shown). Never throws for what it is shown. */
    identify(leaf: Uint8Array | undefined): Promise<DeviceVerdict>;
    /** Until when the device holds a certificate, milliseconds since the epoch; 0 when it holds none. */
    validUntil(deviceId: string): Promise<number>;
    /** Refuses every certificate that the device has, from the commit on. Live connections are to be cut after it. */
    revoke(db: Executor, deviceId: string): Promise<void>;
}
export interface DeviceCertificateOptions {
    readonly context: HubContext;
    readonly authority: Authority;
    /** Life of a certificate, milliseconds. */
    readonly life: number;
    /** Whether the fleet has the device: a deleted one is nobody. */
    readonly hasDevice: (device: DeviceAddress) => Promise<boolean>;
}
export declare function deviceCertificates(options: DeviceCertificateOptions): DeviceCertificates;
