import { z } from 'zod';

/** A name that a person gives: RFC 1123 label, at most 63 characters. */
export const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a name of a-z, 0-9 and -, at most 63 long');

const labelValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'must be a label value as Kubernetes has them',
  );
const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'must be a label key as Kubernetes has them',
  );

/** Labels as Kubernetes has them. */
export const labels = z.record(labelKey, labelValue);
export type Labels = z.infer<typeof labels>;

/** An immutable id, UUIDv7 (RFC 9562). */
export const id = z.uuid();

/** A content digest, as OCI writes it. */
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');
export type Digest = string;

/** An instant on the wire: RFC 3339 in UTC. */
export const instant = z.iso.datetime();
