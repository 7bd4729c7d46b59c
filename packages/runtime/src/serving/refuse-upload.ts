import { failure } from '../errors.ts';

/**
 * Of the parameters that the extension `model_repository` knows, only those that carry files or another configuration
 * would be missed. Throws `InvalidRequest`.
 */
export function refuseUpload(keys: Iterable<string>): void {
  for (const key of keys)
    if (key === 'config' || key.startsWith('file:'))
      throw failure(
        'InvalidRequest',
        `the parameter ${key.slice(0, 80)} is not taken here: what is loaded, and how, stands in the repository`,
      );
}
