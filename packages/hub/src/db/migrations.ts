import type { Kysely, Migration } from 'kysely';
import { createHubAddressTables } from '../addresses/tables.ts';
import { createCommandTables } from '../commands/tables.ts';
import { countFindings, createContinuityTables } from '../continuity/tables.ts';
import { createDeploymentTables } from '../deployments/tables.ts';
import { createEventTables } from '../events/tables.ts';
import { addWaitingCertificates, createAdoptionTables, tellClaimsApart } from '../fleet/adoption/tables.ts';
import { createFleetTables } from '../fleet/tables.ts';
import { createStandingTables } from '../identity/standing/tables.ts';
import { createIdentityTables } from '../identity/tables.ts';
import { createInstallationTables } from '../installation/tables.ts';
import { createLinkTables } from '../link/tables.ts';
import { createModelTables } from '../models/tables.ts';
import { createPeopleTables } from '../people/tables.ts';
import { createProjectTables } from '../projects/tables.ts';
import { createRegistryTables } from '../registry/tables.ts';
import { createSiteTables } from '../sites/tables.ts';
import { createDatingTables } from '../telemetry/dating/tables.ts';
import { createTelemetryTables } from '../telemetry/tables.ts';
import { createTwinTables } from '../twins/tables.ts';

type CreateTables = (db: Kysely<unknown>) => Promise<void>;

const creating = (...tables: CreateTables[]): Migration => ({
  up: async (db) => {
    for (const create of tables) await create(db);
  },
});

/**
 * Every change of the tables, oldest first; names sort in that order. One that was released is never edited:
 * a later change is a new entry. Each runs unchanged on SQLite and on PostgreSQL.
 */
export const migrations: Record<string, Migration> = {
  '0001-first-tables': creating(
    createInstallationTables,
    createProjectTables,
    createPeopleTables,
    createSiteTables,
    createFleetTables,
    createDeploymentTables,
    createTwinTables,
    createEventTables,
    createTelemetryTables,
    createModelTables,
    createIdentityTables,
    createLinkTables,
    createRegistryTables,
  ),
  '0002-continuity': creating(createContinuityTables),
  '0003-standing': creating(createStandingTables),
  '0004-commands': creating(createCommandTables),
  '0005-adoption': creating(createAdoptionTables),
  '0006-hub-addresses': creating(createHubAddressTables),
  '0007-dating': creating(createDatingTables),
  '0008-waiting-certificates': creating(addWaitingCertificates),
  '0009-findings': creating(countFindings),
  '0010-claims': creating(tellClaimsApart),
};
