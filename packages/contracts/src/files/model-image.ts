import { z } from 'zod';

const side = z.number().int().min(1).max(8192);
const byte = z.number().int().min(0).max(255);
const perChannel = (value: z.ZodNumber) =>
  z
    .array(value)
    .refine(({ length }) => length === 1 || length === 3, 'must have one number, or one a channel (3)');

/**
 * How a JPEG, PNG or WebP becomes the tensor of an input. Every value, 0 to 255, becomes
 * `(value × scale − mean) ÷ std`.
 */
export const imageInput = z.strictObject({
  /**
   * How it comes to `size`: `fill` stretches it, `contain` shows all of it with `background` around, `cover` fills
   * all of `size` and lets the rest hang over, `none` leaves it as it is. What then is larger than the model's own
   * height and width is cut off evenly, what is smaller gets `background` around.
   */
  resize: z.enum(['fill', 'contain', 'cover', 'none']).default('fill'),
  /** Height and width in pixels; the model's own where absent. */
  size: z.tuple([side, side]).optional(),
  /** Where absent, `gray` for a model with one channel, else `rgb`. Gray as ITU-R BT.601 weighs it. */
  channels: z.enum(['rgb', 'bgr', 'gray']).optional(),
  /** Whether channels come before rows or after columns; where absent, as the model's shape shows. */
  layout: z.enum(['nchw', 'nhwc']).optional(),
  /** Where absent, 1/255; for a model of 8-bit integers 1. */
  scale: z.number().optional(),
  /** In the order of `channels`, or one for all. */
  mean: perChannel(z.number()).default([0]),
  std: perChannel(z.number().positive()).default([1]),
  /** Red, green and blue of what a picture does not cover, and of what shines through it. */
  background: z.tuple([byte, byte, byte]).default([0, 0, 0]),
});
export type ImageInput = z.infer<typeof imageInput>;
