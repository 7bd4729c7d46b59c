import type { Http } from '../http.ts';

export function nodeHttp(): Http {
  throw new Error('being written');
}
