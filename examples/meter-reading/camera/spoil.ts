import { side } from './pictures.ts';

const brightest = 16;

/** Numbers from 0 to 1 (1 excluded), the same for the same seed: mulberry32 by Tommy Ettinger (public domain). */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a bad camera makes of a picture: blurred, pushed aside by up to a pixel, and noisy. */
export function spoil(pixels: Uint8Array, next: () => number): Uint8Array {
  const [right, down] = next() < shaken ? [step(next), step(next)] : [0, 0];
  const blurred = blur(pixels);
  return Uint8Array.from(pixels, (_, index) => {
    const [x, y] = [(index % side) - right, Math.floor(index / side) - down];
    return clamp(at(blurred, x, y) + (next() + next() - 1) * brightest * noise);
  });
}

/** Largest change of a pixel by noise, as a share of full brightness. */
const noise = 0.3;

/** Share of a pixel that stays its own. */
const sharpness = 0.5;

/** Share of the pictures that are pushed aside. */
const shaken = 0.4;

function step(next: () => number): number {
  return Math.floor(next() * 3) - 1;
}

/** Each pixel with a little of its eight neighbours. */
function blur(pixels: Uint8Array): Float64Array {
  return Float64Array.from(pixels, (own, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    let sum = 0;
    for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += at(pixels, x + dx, y + dy);
    return own * sharpness + (sum / 9) * (1 - sharpness);
  });
}

function at(pixels: ArrayLike<number>, x: number, y: number): number {
  return x < 0 || y < 0 || x >= side || y >= side ? 0 : (pixels[y * side + x] ?? 0);
}

function clamp(value: number): number {
  return Math.min(brightest, Math.max(0, Math.round(value)));
}
