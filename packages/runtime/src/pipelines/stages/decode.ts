import { failure } from '../../errors.ts';
import { jsonText, parseJson } from '../../http/json.ts';
import type { Frame, Stage, Work } from '../frame.ts';

export interface DecodeOptions {
  /** Height and width. */
  readonly pixels: readonly [number, number];
  readonly channels: 1 | 3;
}

type Decoder = (frame: Frame, options: DecodeOptions) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** Makes pixels of a frame's bytes, JSON lists or image. Throws `FrameInvalid` and `UnsupportedMediaType`. */
export function decodeStage(options: DecodeOptions): Stage {
  const [height, width] = options.pixels;
  const put = (work: Work, values: ArrayLike<number>) => {
    work.image = { height, width, channels: options.channels, values };
  };
  return (work) => {
    const decoder = decoderOf(work.frame.contentType);
    const values = decoder(work.frame, options);
    return values instanceof Promise ? values.then((later) => put(work, later)) : put(work, values);
  };
}

function decoderOf(contentType: string): Decoder {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  const decoder = decoders[type];
  if (decoder) return decoder;
  const known = Object.keys(decoders).join(', ');
  throw failure(
    'UnsupportedMediaType',
    `a frame came as ${type || 'no content type'}; decode reads ${known}`,
  );
}

const rawBytes: Decoder = ({ body }, { pixels: [height, width], channels }) => {
  const wanted = height * width * channels;
  if (body.length === wanted) return body;
  throw failure(
    'FrameInvalid',
    `the frame has ${body.length} bytes; ${height}×${width} pixels of ${channels} need ${wanted}, one byte each`,
  );
};

const jsonLists: Decoder = ({ body }, { pixels: [height, width], channels }) => {
  const values = flat(parseJson(jsonText(body)));
  const wanted = height * width * channels;
  if (values.length !== wanted)
    throw failure(
      'FrameInvalid',
      `the frame has ${values.length} values; ${height}×${width}×${channels} need ${wanted}`,
    );
  if (values.every((value) => typeof value === 'number')) return values as number[];
  throw failure('FrameInvalid', 'the frame has values that are no numbers');
};

// Rows, columns, channels: no deeper, however deep a body nests.
const flat = (json: unknown): unknown[] => (Array.isArray(json) ? json.flat(2) : [json]);

const picture: Decoder = async ({ body }, { pixels: [height, width], channels }) => {
  const { default: sharp } = await import('sharp');
  const decoded = sharp(body, { limitInputPixels: MAX_PIXELS })
    .rotate()
    .resize(width, height, { fit: 'fill' })
    .flatten()
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw();
  return decoded.toBuffer().catch((cause) => {
    throw failure('FrameInvalid', `the image cannot be read: ${(cause as Error).message}`, { cause });
  });
};

const MAX_PIXELS = 64 * 1024 * 1024;

const decoders: Readonly<Record<string, Decoder>> = {
  'application/octet-stream': rawBytes,
  'application/json': jsonLists,
  'image/png': picture,
  'image/jpeg': picture,
  'image/webp': picture,
};
