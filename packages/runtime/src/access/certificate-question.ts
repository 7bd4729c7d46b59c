import { z } from 'zod';

/** What the child is asked on stdin, as one JSON document; certificates and keys are PEM, times ms since the epoch. */
export const certificateQuestion = z.object({
  authority: z.object({
    key: z.string(),
    commonName: z.string(),
    /** Absent: make one of the key, that lives from `notBefore` until `notAfter`. */
    certificate: z.string().optional(),
    notBefore: z.number(),
    notAfter: z.number(),
  }),
  server: z.object({
    key: z.string(),
    commonName: z.string(),
    /** DNS names and IP addresses. */
    hosts: z.array(z.string()),
    notBefore: z.number(),
    notAfter: z.number(),
  }),
});
export type CertificateQuestion = z.infer<typeof certificateQuestion>;

/** What it answers on stdout, as one JSON line. */
export const certificateAnswer = z.object({ authority: z.string(), server: z.string() });
export type CertificateAnswer = z.infer<typeof certificateAnswer>;
