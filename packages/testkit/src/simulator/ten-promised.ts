import { openLedger } from './ledger.ts';
import { wireNumbers } from './wire-numbers.ts';

/**
 * For tests: ten results, promised at `timeOf` their numbers under local numbers 21 to 30, which are 1 to 10 in each of
 * the epochs; those up to `acknowledged`, a local number, have none in it.
 */
export function tenPromised(
  timeOf: (number: number) => number,
  epochs: readonly { readonly epoch: number; readonly acknowledged: number }[],
) {
  const ledger = openLedger();
  for (let number = 1; number <= 10; number++)
    ledger.promise('result', number, { streamId: 'folder', local: 20 + number }, timeOf(number));
  const numbers = wireNumbers();
  const folder = { producer: 'runtime', stream: 'result', streamId: 'folder', hash: '', dropped: 0 } as const;
  for (const epoch of epochs) numbers.follow({ ...folder, ...epoch, base: 20 });
  return { ledger, numbers };
}
