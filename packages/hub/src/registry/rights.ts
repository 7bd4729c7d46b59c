import { isSkerryError } from '@skerry/kit';
import type { FastifyRequest } from 'fastify';
import type { Db } from '../db/schema.ts';
import { deviceOf } from '../devices-port/http.ts';
import type { Peers } from '../devices-port/peers.ts';
import { authorize, personOfToken } from '../people/read-model.ts';
import { projectNamed } from '../projects/read-model.ts';
import type { Authorize } from './access.ts';
import { OciError } from './oci-error.ts';

/** People: a token as `Bearer`, or as the password of `Basic`, which is what OCI clients send. Pushing needs an admin. */
export function rightsOfPeople(db: Db): Authorize {
  return async (request, project, right) => {
    try {
      const person = await personOfToken(db, tokenOf(request));
      if (project !== undefined) authorize(person, project, right === 'push');
      return person.projectId;
    } catch (error) {
      if (isSkerryError(error, 'NotLoggedIn'))
        throw new OciError('UNAUTHORIZED', error.message, { cause: error });
      if (isSkerryError(error, 'Forbidden')) throw new OciError('DENIED', error.message, { cause: error });
      throw error;
    }
  };
}

/** Devices, by their certificate: they pull, from their own project. */
export function rightsOfDevices(db: Db, peers: Peers): Authorize {
  return async (request, project, right) => {
    const device = await deviceOf(peers, request);
    if (right === 'push') throw new OciError('DENIED', 'a device may pull, not push');
    if (project !== undefined && !(await isProject(db, project, device.projectId)))
      throw new OciError('DENIED', 'a device may pull from its own project alone');
    return device.projectId;
  };
}

async function isProject(db: Db, name: string, id: string): Promise<boolean> {
  try {
    return (await projectNamed(db, name)).id === id;
  } catch (error) {
    if (isSkerryError(error, 'NotFound')) return false;
    throw error;
  }
}

function tokenOf({ headers }: FastifyRequest): string | undefined {
  const [, scheme, credentials = ''] = /^(Bearer|Basic)\s+(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (scheme?.toLowerCase() !== 'basic') return scheme && credentials;
  const decoded = Buffer.from(credentials, 'base64').toString();
  return decoded.slice(decoded.indexOf(':') + 1);
}
