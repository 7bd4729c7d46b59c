import type { Kysely, Transaction } from 'kysely';
import type { HubAddressTables } from '../addresses/tables.ts';
import type { CommandTables } from '../commands/tables.ts';
import type { ContinuityTables } from '../continuity/tables.ts';
import type { DeploymentTables } from '../deployments/tables.ts';
import type { EventTables } from '../events/tables.ts';
import type { FleetTables } from '../fleet/tables.ts';
import type { IdentityTables } from '../identity/tables.ts';
import type { InstallationTables } from '../installation/tables.ts';
import type { LinkTables } from '../link/tables.ts';
import type { ModelTables } from '../models/tables.ts';
import type { PeopleTables } from '../people/tables.ts';
import type { ProjectTables } from '../projects/tables.ts';
import type { RegistryTables } from '../registry/tables.ts';
import type { SiteTables } from '../sites/tables.ts';
import type { TelemetryTables } from '../telemetry/tables.ts';
import type { TwinTables } from '../twins/tables.ts';

/** Every table of the hub; each feature declares its own in its `tables.ts`. */
export interface Database
  extends InstallationTables,
    ProjectTables,
    PeopleTables,
    SiteTables,
    FleetTables,
    DeploymentTables,
    TwinTables,
    EventTables,
    TelemetryTables,
    ModelTables,
    IdentityTables,
    LinkTables,
    CommandTables,
    ContinuityTables,
    RegistryTables,
    HubAddressTables {}

/** The database outside a transaction. */
export type Db = Kysely<Database>;

/** What a store's functions take: the database, or a transaction that someone else began. */
export type Executor = Kysely<Database> | Transaction<Database>;
