import { type ReadChain, readChain } from './verify-identity.ts';

/**
 * {@link readChain} with a memory of the newest `limit` chains, by all their bytes: whether signatures are right does
 * not change, and to find out costs more than all else that a hub does for a request.
 */
export function knownChains(limit: number): typeof readChain {
  const known = new Map<string, ReadChain>();
  return (chain, root) => {
    const key = Buffer.concat([...chain, root]).toString('latin1');
    const found = known.get(key) ?? readChain(chain, root);
    known.delete(key);
    known.set(key, found);
    for (const oldest of known.keys()) {
      if (known.size <= limit) break;
      known.delete(oldest);
    }
    return found;
  };
}
