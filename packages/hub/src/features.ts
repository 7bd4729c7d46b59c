import type { ProjectRoutes } from './api/project-routes.ts';
import type { HubContext } from './context.ts';
import { deploymentRoutes } from './deployments/routes.ts';
import { deploymentService } from './deployments/service.ts';
import { eventRoutes } from './events/routes.ts';
import { fleetRoutes } from './fleet/routes.ts';
import { type DeviceIdentities, fleetService } from './fleet/service.ts';
import { modelAliases } from './models/aliases.ts';
import { modelRoutes } from './models/routes.ts';
import { type FindPushedModel, modelVersions } from './models/versions.ts';
import { peopleRoutes } from './people/routes.ts';
import { peopleService } from './people/service.ts';
import { siteRoutes } from './sites/routes.ts';
import { siteService } from './sites/service.ts';
import { telemetryRoutes } from './telemetry/routes.ts';
import { telemetryService } from './telemetry/service.ts';

export interface FeatureNeeds {
  readonly identities: DeviceIdentities;
  readonly findPushed: FindPushedModel;
}

/** What people can ask of the hub, feature by feature. */
export function projectFeatures(
  context: HubContext,
  { identities, findPushed }: FeatureNeeds,
): ProjectRoutes[] {
  return [
    peopleRoutes(peopleService(context)),
    siteRoutes(siteService(context)),
    fleetRoutes(fleetService(context, identities)),
    deploymentRoutes(deploymentService(context)),
    modelRoutes(modelVersions(context, findPushed), modelAliases(context)),
    eventRoutes(context.db),
    telemetryRoutes(telemetryService(context.db)),
  ];
}
