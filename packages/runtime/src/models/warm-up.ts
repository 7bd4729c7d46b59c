import type { Session } from '../engines/engine.ts';
import { sampleFeeds } from '../execution/sample-feeds.ts';

/**
 * Runs a model once, so that its first request does not pay for what is done only once. A model that refuses the
 * sample is none the worse.
 */
export function warmUp({ inputs, outputs, run }: Session): void {
  try {
    run(
      sampleFeeds(inputs, 1),
      outputs.map(({ name }) => name),
    );
  } catch {
    // An index out of range, a text in a form of its own: requests bring what fits.
  }
}
