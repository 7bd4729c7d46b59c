import { admission, admissionRequest, listOf, waitingDevice } from '@skerry/contracts';
import { objectParams, writeOf } from '../../api/objects.ts';
import type { ProjectRoutes } from '../../api/project-routes.ts';
import type { Db } from '../../db/schema.ts';
import type { AdmissionService } from './service.ts';
import { waitingDevices } from './waiting.ts';

/** For people: who waits, and who may come in. */
export function admissionRoutes(
  db: Db,
  admissions: Pick<AdmissionService, 'admit'>,
  disconnect: (deviceId: string) => void,
): ProjectRoutes {
  return async (app) => {
    app.get(
      '/waiting-devices',
      {
        schema: {
          summary: 'Devices that wait for the word of a person: unknown, revoked, ended, restored or cloned',
          response: { 200: listOf(waitingDevice) },
        },
      },
      async ({ person }) => ({ items: await waitingDevices(db, person.projectId) }),
    );
    app.post(
      '/devices/:name/admission',
      {
        schema: {
          summary: 'Let a device in, whatever kept it out',
          params: objectParams,
          body: admissionRequest.nullish(),
          response: { 200: admission },
        },
      },
      async (request) => {
        const admitted = await admissions.admit(request.params.name, request.body ?? {}, writeOf(request));
        // What was decided about its connections no longer holds; one that goes on keeps its own.
        if (admitted.lifted.some(({ reason }) => reason !== 'RestoredOrCloned')) disconnect(admitted.id);
        return admitted;
      },
    );
  };
}
