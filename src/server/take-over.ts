import { refuseUnready } from "../store/database/migrate.ts";
import { migrations } from "../store/database/migrations.ts";

/**
 * Throws, in a sentence for a person, what would keep a daemon of this version from opening the database that another has
 * open. Asked before that one is ended: it goes on, then.
 */
export function refuseTakeOver(database: string): void {
  if (database !== ":memory:") refuseUnready(database, migrations);
}
