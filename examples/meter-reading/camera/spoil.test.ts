import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPictures } from './pictures.ts';
import { seededNumbers, spoil } from './spoil.ts';

const pictures = await readPictures(new URL('../data', import.meta.url).pathname);

describe('a bad camera', () => {
  it('spoils the same pictures in the same way for the same seed', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => {
      const next = seededNumbers(seed);
      return pictures.slice(0, 20).map(({ pixels }) => [...spoil(pixels, next)]);
    });
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  });

  it('gives pixels from 0 to 16, and leaves the picture that it is given alone', () => {
    const next = seededNumbers(3);
    for (const { pixels } of pictures) {
      const before = [...pixels];
      assert.ok(spoil(pixels, next).every((value) => value >= 0 && value <= 16));
      assert.deepEqual([...pixels], before);
    }
  });
});

describe('the pictures', () => {
  it('are the 500 that the model never saw, each once', () => {
    assert.equal(pictures.length, 500);
    assert.equal(new Set(pictures.map(({ row }) => row)).size, 500);
    assert.ok(pictures.every(({ label }) => /^[0-9]$/.test(label)));
  });
});
