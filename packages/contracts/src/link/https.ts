import { z } from 'zod';
import { id } from '../names.ts';

/*
 * The link over HTTPS alone, for networks that let nothing else pass; what is said is the same as over MQTT.
 *
 *   POST   /link/v1/connections                        → 201 {@link httpsConnection}; an older one of the device is over
 *   POST   /link/v1/connections/ID/up/KIND?n=N         → 204; N counts from 1, so that a repeat is known as one
 *   GET    /link/v1/connections/ID/down?after=N&hold=S → 200 {@link httpsDown}, at once or after S seconds
 *   DELETE /link/v1/connections/ID                     → 204
 *
 * 404 says that the connection is over. 503 with Retry-After says that a message was not taken: send it again.
 */

export const httpsConnection = z.object({ id });
export type HttpsConnection = z.infer<typeof httpsConnection>;

/** In order; `n` counts from 1. What is not confirmed by `after` comes again. */
export const httpsDown = z.object({
  messages: z
    .array(
      z.object({
        n: z.number().int().positive(),
        /** One of `downKinds`, or of a later version. */
        kind: z.string().max(64),
        message: z.unknown(),
      }),
    )
    .max(1024),
});
export type HttpsDown = z.infer<typeof httpsDown>;

/** Seconds that the hub holds a question for which it has no answer yet, at most. */
export const longestHoldS = 300;
