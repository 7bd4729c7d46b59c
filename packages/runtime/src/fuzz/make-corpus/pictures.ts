import sharp from 'sharp';
import { keep } from '../corpus.ts';

/** One small picture in every format, and in its variants. */
export async function keepPictures(): Promise<void> {
  const pixels = Buffer.from(Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (i * 37) % 251));
  const picture = () => sharp(pixels, { raw: { width: 24, height: 16, channels: 3 } });
  const turned = picture().withMetadata({ orientation: 6 });
  keep('picture/digits_cnn', 'photo.jpg', await turned.jpeg({ quality: 40 }).toBuffer());
  keep(
    'picture/digits_cnn',
    'progressive.jpg',
    await picture().jpeg({ progressive: true, quality: 20 }).toBuffer(),
  );
  keep('picture/digits_cnn', 'photo.png', await picture().ensureAlpha().png().toBuffer());
  keep('picture/digits_cnn', 'palette.png', await picture().png({ palette: true, colours: 8 }).toBuffer());
  keep('picture/digits_cnn', 'photo.webp', await picture().webp({ quality: 20 }).toBuffer());
  keep('picture/digits_cnn', 'lossless.webp', await picture().webp({ lossless: true }).toBuffer());
}
